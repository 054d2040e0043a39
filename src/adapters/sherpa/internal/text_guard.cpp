#include "adapters/sherpa/internal/text_guard.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "core/turn/turn_text.hpp"

namespace studio::adapters::sherpa {

namespace {

/// The shortest word has a vowel of about 60 ms.
constexpr std::size_t voiced_frames_min = 3;
/// Speech over a telephone is at -40 to -15 dBFS; what is below this is not for us.
constexpr double level_min_dbfs = -60.0;
/// Nobody says more words a second (fast readers reach 6), 0.4 s of grace given.
constexpr double words_per_second_max = 8.0;
constexpr double grace_s = 0.4;
/// Nor so few in so long a voice: a word drawn out lasts a second, a tone or a melody goes on.
constexpr double words_per_voiced_second_min = 0.6;
constexpr double voiced_s_without_doubt = 1.5;
/// A person says a word five times, and a few words three times ("no, no, no").
constexpr std::size_t word_repeats_max = 5;
constexpr std::size_t phrase_repeats_max = 3;
constexpr std::size_t phrase_words_max = 12;
/// A voice that was found for less than this does not tell a person from a noise that resembles;
/// and nobody draws one short word out for longer than that.
constexpr std::size_t clear_voice_frames = 12;
constexpr std::size_t short_word_frames_max = 40;

struct Word {
    std::string_view shown;
    /// In small letters, without punctuation: what is compared.
    std::string plain;
};

double seconds_of(std::size_t frames) {
    return static_cast<double>(frames) *
           std::chrono::duration<double>(audio::frame_duration).count();
}

bool is_word_byte(unsigned char byte) {
    return std::isalnum(byte) != 0 || byte == '\'' || byte >= 0x80;
}

/// Without what stands in brackets, and without notes.
std::string without_marks(std::string_view text) {
    std::string kept;
    int depth = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char byte = text[at];
        if (byte == '[' || byte == '(') {
            ++depth;
        } else if (byte == ']' || byte == ')') {
            depth = std::max(0, depth - 1);
        } else if (depth == 0) {
            // U+2669 to U+266F: notes.
            const bool is_note = text.substr(at, 2) == "\xE2\x99" && at + 2 < text.size() &&
                                 text[at + 2] >= '\xA9' && text[at + 2] <= '\xAF';
            if (is_note) {
                at += 2;
            } else {
                kept += byte;
            }
        }
    }
    return kept;
}

std::vector<Word> words_of(std::string_view text) {
    std::vector<Word> words;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = std::min(text.find_first_of(" \t\r\n", at), text.size());
        Word word{text.substr(at, end - at), {}};
        for (const char byte : word.shown) {
            if (is_word_byte(static_cast<unsigned char>(byte))) {
                word.plain += static_cast<char>(std::tolower(static_cast<unsigned char>(byte)));
            }
        }
        if (!word.plain.empty()) {
            words.push_back(std::move(word));
        }
        at = end + 1;
    }
    return words;
}

/// How often the `length` words at `at` stand one behind the other.
std::size_t repeats_at(const std::vector<Word>& words, std::size_t at, std::size_t length) {
    std::size_t count = 1;
    while (at + (count + 1) * length <= words.size()) {
        for (std::size_t index = 0; index < length; ++index) {
            if (words[at + count * length + index].plain != words[at + index].plain) {
                return count;
            }
        }
        ++count;
    }
    return count;
}

/// Loops become one round. Returns how many words went.
std::size_t collapse_loops(std::vector<Word>& words) {
    std::size_t gone = 0;
    for (std::size_t at = 0; at < words.size(); ++at) {
        for (std::size_t length = 1; length <= phrase_words_max; ++length) {
            const std::size_t count = repeats_at(words, at, length);
            if (count > (length == 1 ? word_repeats_max : phrase_repeats_max)) {
                const auto first = words.begin() + static_cast<std::ptrdiff_t>(at + length);
                const std::size_t removed = (count - 1) * length;
                words.erase(first, first + static_cast<std::ptrdiff_t>(removed));
                gone += removed;
            }
        }
    }
    return gone;
}

/// The same within a word: "2-3-3-3-3-3-3-3".
bool stutters(const Word& word) {
    constexpr std::size_t period_max = 4;
    constexpr std::size_t bytes_min = 16;
    for (std::size_t period = 1; period <= period_max; ++period) {
        std::size_t same = 0;
        for (std::size_t at = period; at < word.shown.size(); ++at) {
            same = word.shown[at] == word.shown[at - period] ? same + 1 : 0;
            if (same >= bytes_min) {
                return true;
            }
        }
    }
    return false;
}

/// As it is written today: Moonshine learnt from old books, too.
std::string spelt_today(const Word& word) {
    constexpr std::array<std::string_view, 5> joined{"today", "tomorrow", "tonight", "goodbye",
                                                     "goodby"};
    std::string shown(word.shown);
    if (std::find(joined.begin(), joined.end(), word.plain) != joined.end()) {
        std::erase(shown, '-');
        if (word.plain == "goodby") {
            shown.insert(shown.find_last_of("yY") + 1, "e");
        }
    }
    return shown;
}

/// `is_clear_voice`: a person may have said one short word.
bool is_phantom(const std::vector<Word>& words, bool is_clear_voice) {
    std::string plain;
    for (const Word& word : words) {
        plain += (plain.empty() ? "" : " ") + word.plain;
    }
    // The first is what Moonshine says of almost every noise.
    constexpr std::array<std::string_view, 2> without_clear_voice{"you", "and"};
    constexpr std::array<std::string_view, 4> always{
        "thank you for watching", "thanks for watching", "please subscribe", "subtitles by the"};
    return std::find(always.begin(), always.end(), plain) != always.end() ||
           (!is_clear_voice && std::find(without_clear_voice.begin(), without_clear_voice.end(),
                                         plain) != without_clear_voice.end());
}

}  // namespace

bool may_hold_words(const PieceEvidence& evidence) {
    return evidence.voiced_frames >= voiced_frames_min && evidence.level_dbfs >= level_min_dbfs;
}

std::string plausible_text(std::string_view text, const PieceEvidence& evidence) {
    const std::string unmarked = without_marks(text);
    std::vector<Word> words = words_of(unmarked);
    const std::size_t all = words.size();
    const std::size_t gone = collapse_loops(words);
    const bool is_clear = evidence.voiced_frames >= clear_voice_frames &&
                          evidence.voiced_frames <= short_word_frames_max;
    const auto count = static_cast<double>(words.size());
    const bool is_too_much =
        count > words_per_second_max * (seconds_of(evidence.active_frames) + grace_s);
    const double voiced_s = seconds_of(evidence.voiced_frames);
    const bool is_too_little =
        voiced_s > voiced_s_without_doubt && count < words_per_voiced_second_min * voiced_s;
    // A text that is mostly a loop was made of nothing.
    if (words.empty() || gone * 2 > all || is_too_much || is_too_little ||
        is_phantom(words, is_clear) || std::any_of(words.begin(), words.end(), stutters)) {
        return {};
    }
    std::string kept;
    for (const Word& word : words) {
        kept += (kept.empty() ? "" : " ") + spelt_today(word);
    }
    return kept;
}

std::string without_false_stop(std::string text) {
    while (text.ends_with(',')) {
        text.pop_back();
    }
    if (text.ends_with('.') && !text.ends_with("..")) {
        const std::string_view words = std::string_view(text).substr(0, text.size() - 1);
        if (core::sounds_unfinished(words, core::english_turn_words())) {
            text.pop_back();
        }
    }
    return text;
}

}  // namespace studio::adapters::sherpa
