#include "core/turn/turn_text.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace studio::core {

namespace {

bool is_word_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '\'' ||
           byte == '-' || static_cast<unsigned char>(byte) >= 0x80U;
}

char lower(char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
}

/// How many words of `entry` match at `index`; zero where it does not.
std::size_t match_at(const std::vector<std::string>& words, std::size_t index,
                     const std::string& entry) {
    if (entry.find(' ') == std::string::npos) {
        return index < words.size() && words[index] == entry ? 1 : 0;
    }
    const std::vector<std::string> parts = words_of(entry);
    if (parts.empty() || index + parts.size() > words.size()) {
        return 0;
    }
    const auto from = words.begin() + static_cast<std::ptrdiff_t>(index);
    return std::equal(parts.begin(), parts.end(), from) ? parts.size() : 0;
}

/// The longest entry of a list that matches at `index`, in words.
std::size_t longest_at(const std::vector<std::string>& words, std::size_t index,
                       const std::vector<std::string>& entries) {
    std::size_t longest = 0;
    for (const std::string& entry : entries) {
        longest = std::max(longest, match_at(words, index, entry));
    }
    return longest;
}

bool ends_in(const std::vector<std::string>& words, const std::vector<std::string>& entries,
             bool is_spaced) {
    return std::any_of(entries.begin(), entries.end(), [&](const std::string& entry) {
        if (!is_spaced) {
            return !words.empty() && words.back().ends_with(entry);
        }
        const std::size_t size = words_of(entry).size();
        return size <= words.size() && match_at(words, words.size() - size, entry) > 0;
    });
}

/// How many bytes of Unicode's punctuation and spaces begin at `index`; zero for none. UTF-8:
/// U+00A0 to U+00BF, U+060C, U+061B, U+061F, U+06D4, U+0964, U+0965, U+2000 to U+206F, U+3000 to
/// U+303F but for 々, 〆 and 〇, U+FEFF and U+FF00 to U+FF0F, U+FF1A to U+FF20.
std::size_t punctuation_at(std::string_view text, std::size_t index) {
    const auto byte = [&text, index](std::size_t offset) -> unsigned {
        return index + offset < text.size() ? static_cast<unsigned char>(text[index + offset]) : 0U;
    };
    const unsigned first = byte(0);
    const unsigned second = byte(1);
    const unsigned third = byte(2);
    const bool is_two = (first == 0xC2 && second >= 0xA0 && second <= 0xBF) ||
                        (first == 0xD8 && (second == 0x8C || second == 0x9B || second == 0x9F)) ||
                        (first == 0xDB && second == 0x94);
    if (is_two) {
        return 2;
    }
    const bool is_wide = first == 0xEF && second == 0xBC &&
                         ((third >= 0x80 && third <= 0x8F) || (third >= 0x9A && third <= 0xA0));
    const bool is_three = (first == 0xE2 && (second == 0x80 || second == 0x81)) ||
                          (first == 0xE3 && second == 0x80 && (third < 0x85 || third > 0x87)) ||
                          (first == 0xE0 && second == 0xA5 && (third == 0xA4 || third == 0xA5)) ||
                          (first == 0xEF && second == 0xBB && third == 0xBF) || is_wide;
    return is_three ? 3 : 0;
}

/// What the last mark of a transcript says.
enum class Mark : std::uint8_t { none, goes_on, full_stop, ellipsis, question };

Mark last_mark(std::string_view text) {
    struct Named {
        std::string_view mark;
        Mark meaning;
    };
    static constexpr Named marks[] = {
        {",", Mark::goes_on},   {"-", Mark::goes_on},    {":", Mark::goes_on},
        {"、", Mark::goes_on},  {"，", Mark::goes_on},   {"،", Mark::goes_on},
        {"…", Mark::ellipsis},  {"...", Mark::ellipsis}, {"..", Mark::ellipsis},
        {".", Mark::full_stop}, {"。", Mark::full_stop}, {"।", Mark::full_stop},
        {"۔", Mark::full_stop}, {"?", Mark::question},   {"!", Mark::question},
        {"？", Mark::question}, {"！", Mark::question},  {"؟", Mark::question}};
    for (const Named& named : marks) {
        if (text.ends_with(named.mark)) {
            return named.meaning;
        }
    }
    return Mark::none;
}

/// The second byte of a capital of Latin-1 (U+00C0 to U+00DE but U+00D7) in UTF-8.
bool is_latin_capital(unsigned char lead, unsigned char second) {
    return lead == 0xC3 && second >= 0x80 && second <= 0x9E && second != 0x97;
}

std::size_t letters_of(std::string_view word) {
    // Continuation bytes of UTF-8 are 10xxxxxx.
    return static_cast<std::size_t>(std::count_if(word.begin(), word.end(), [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
    }));
}

/// Whether the entry's next sound is missing, not only its next word.
bool breaks_off_in(const std::string& said, const std::string& entry) {
    return entry.starts_with(said) && entry.size() > said.size() && entry[said.size()] != ' ';
}

/// "ye", "uh", "m": so short that it is rather the beginning of a backchannel than a word. "i" and
/// "got" are words, though "i see" and "got it" begin with them.
bool is_stump_of(const std::string& word, const TurnWords& words) {
    constexpr std::size_t stump_letters_max = 3;
    const auto breaks_off = [&word](const std::string& entry) {
        return breaks_off_in(word, entry);
    };
    return letters_of(word) <= stump_letters_max &&
           (std::any_of(words.backchannels.begin(), words.backchannels.end(), breaks_off) ||
            std::any_of(words.noises.begin(), words.noises.end(), breaks_off));
}

/// Whether these words may become a backchannel of several: "all ri".
bool begins_backchannel(const std::string& said, const TurnWords& words) {
    return std::any_of(words.backchannels.begin(), words.backchannels.end(),
                       [&said](const std::string& entry) { return entry.starts_with(said); });
}

/// The bytes of the longest entry with which `text` begins.
std::size_t longest_prefix(std::string_view text, const TurnWords& words) {
    std::size_t longest = 0;
    for (const auto* list : {&words.backchannels, &words.noises, &words.interruptions}) {
        for (const std::string& entry : *list) {
            if (entry.size() > longest && text.starts_with(entry)) {
                longest = entry.size();
            }
        }
    }
    return longest;
}

/// Cuts what is written without spaces at the entries that it holds.
void cut_at_entries(std::string_view chunk, const TurnWords& words, std::vector<std::string>& cut) {
    std::string rest;
    const auto finish_rest = [&cut, &rest] {
        if (!rest.empty()) {
            cut.push_back(std::exchange(rest, {}));
        }
    };
    while (!chunk.empty()) {
        const std::size_t known = longest_prefix(chunk, words);
        if (known > 0) {
            finish_rest();
            cut.emplace_back(chunk.substr(0, known));
        } else {
            rest += chunk.front();
        }
        chunk.remove_prefix(std::max(known, std::size_t{1}));
    }
    finish_rest();
}

/// words_of(), and where the language writes no spaces, cut at its entries.
std::vector<std::string> split(std::string_view transcript, const TurnWords& words) {
    std::vector<std::string> chunks = words_of(transcript);
    if (words.is_spaced) {
        return chunks;
    }
    std::vector<std::string> cut;
    for (const std::string& chunk : chunks) {
        cut_at_entries(chunk, words, cut);
    }
    return cut;
}

/// How many words from `index` on are a backchannel or a noise.
std::size_t hum_at(const std::vector<std::string>& said, std::size_t index,
                   const TurnWords& words) {
    return std::max(longest_at(said, index, words.backchannels),
                    longest_at(said, index, words.noises));
}

}  // namespace

std::vector<std::string> words_of(std::string_view transcript) {
    std::vector<std::string> words;
    std::string word;
    const auto finish_word = [&words, &word] {
        // A hyphen or apostrophe alone is punctuation.
        if (word.find_first_not_of("-'") != std::string::npos) {
            words.push_back(word);
        }
        word.clear();
    };
    for (std::size_t index = 0; index < transcript.size(); ++index) {
        const char small = lower(transcript[index]);
        const auto next = index + 1 < transcript.size() ? transcript[index + 1] : '\0';
        if (const std::size_t mark = punctuation_at(transcript, index)) {
            finish_word();
            index += mark - 1;
        } else if (is_latin_capital(static_cast<unsigned char>(small),
                                    static_cast<unsigned char>(next))) {
            word += {small, static_cast<char>(next + 0x20)};
            ++index;
        } else if (is_word_byte(small)) {
            word += small;
        } else {
            finish_word();
        }
    }
    finish_word();
    return words;
}

bool sounds_unfinished(std::string_view transcript, const TurnWords& words) {
    const std::size_t last = transcript.find_last_not_of(" \t\n");
    if (last == std::string_view::npos) {
        return false;
    }
    const Mark mark = last_mark(transcript.substr(0, last + 1));
    if (mark == Mark::question) {
        return false;
    }
    const std::vector<std::string> said = words_of(transcript);
    // A recogniser that sets full stops has judged the sentence itself, if not always well.
    if (mark == Mark::full_stop) {
        return ends_in(said, words.never_ends, words.is_spaced);
    }
    return !said.empty() &&
           (mark != Mark::none || ends_in(said, words.unfinished_ends, words.is_spaced) ||
            dictation_goes_on({std::string(transcript)}, words.dictation, false));
}

bool sounds_complete(std::string_view transcript, const TurnWords& words) {
    const std::size_t last = transcript.find_last_not_of(" \t\n");
    if (last == std::string_view::npos) {
        return false;
    }
    const Mark mark = last_mark(transcript.substr(0, last + 1));
    return (mark == Mark::question || mark == Mark::full_stop) &&
           !sounds_unfinished(transcript, words) && !is_only_noise(transcript, words);
}

Finish finish_of(std::string_view transcript, const TurnWords& words) {
    const std::size_t last = transcript.find_last_not_of(" \t\n");
    if (last == std::string_view::npos || is_only_noise(transcript, words)) {
        return Finish::open;
    }
    const Mark mark = last_mark(transcript.substr(0, last + 1));
    if (mark == Mark::question) {
        return Finish::over;
    }
    const bool plainly_goes_on = mark == Mark::goes_on || mark == Mark::ellipsis ||
                                 ends_in(words_of(transcript), words.never_ends, words.is_spaced) ||
                                 (mark == Mark::none && dictation_goes_on({std::string(transcript)},
                                                                          words.dictation, false));
    return plainly_goes_on ? Finish::goes_on : Finish::open;
}

Evidence evidence_of(std::string_view partial, const TurnWords& words, std::size_t sure_letters) {
    const std::vector<std::string> said = split(partial, words);
    std::size_t index = 0;
    std::size_t stumps = 0;
    while (index < said.size()) {
        if (longest_at(said, index, words.interruptions) > 0) {
            return Evidence::sure;
        }
        const std::size_t skipped = hum_at(said, index, words);
        const bool is_stump = skipped == 0 && is_stump_of(said[index], words);
        if (skipped == 0 && !is_stump) {
            break;
        }
        stumps += is_stump ? 1 : 0;
        index += std::max(skipped, std::size_t{1});
    }
    if (index == said.size()) {
        return stumps > 0 ? Evidence::stump : Evidence::none;
    }
    std::string rest = said[index];
    for (std::size_t next = index + 1; next < said.size(); ++next) {
        rest += ' ' + said[next];
    }
    const bool is_last = index + 1 == said.size();
    if (begins_backchannel(rest, words)) {
        return is_last && !begins_backchannel(rest + ' ', words) ? Evidence::stump
                                                                 : Evidence::doubtful;
    }
    // A word before or behind another is complete.
    const std::size_t letters = letters_of(said[index]) * (words.is_spaced ? 1 : 2);
    const bool is_sure = !is_last || stumps > 0 || letters >= sure_letters;
    return is_sure ? Evidence::sure : Evidence::doubtful;
}

bool has_real_words(std::string_view transcript, const TurnWords& words) {
    return count_real_words(transcript, words, 1) > 0;
}

std::size_t count_real_words(std::string_view transcript, const TurnWords& words,
                             std::size_t most) {
    const std::vector<std::string> said = split(transcript, words);
    std::size_t count = 0;
    for (std::size_t index = 0; index < said.size() && count < most;) {
        const std::size_t skipped = hum_at(said, index, words);
        if (skipped == 0) {
            count += words.is_spaced ? 1 : (letters_of(said[index]) + 1) / 2;
        }
        index += std::max(skipped, std::size_t{1});
    }
    return std::min(count, most);
}

bool is_stop(std::string_view transcript, const TurnWords& words) {
    const std::vector<std::string> said = split(transcript, words);
    for (std::size_t index = 0; index < said.size();) {
        if (longest_at(said, index, words.interruptions) > 0) {
            return true;
        }
        const std::size_t skipped = hum_at(said, index, words);
        if (skipped == 0) {
            return false;
        }
        index += skipped;
    }
    return false;
}

bool has_survived(std::string_view before, std::string_view now, const TurnWords& words) {
    const std::vector<std::string> was = split(before, words);
    const std::vector<std::string> is = split(now, words);
    std::size_t index = 0;
    while (index < is.size() && index < was.size() && is[index] == was[index]) {
        const std::size_t skipped = hum_at(is, index, words);
        if (skipped == 0) {
            return true;
        }
        index += skipped;
    }
    // Without spaces it grows within the piece that it began in.
    return !words.is_spaced && index < is.size() && index < was.size() &&
           is[index].starts_with(was[index]);
}

bool same_words(std::string_view one, std::string_view other) {
    return one == other || words_of(one) == words_of(other);
}

bool begins_with_words(std::string_view text, std::string_view beginning) {
    const std::vector<std::string> all = words_of(text);
    const std::vector<std::string> first = words_of(beginning);
    return first.size() <= all.size() && std::equal(first.begin(), first.end(), all.begin());
}

bool is_only_noise(std::string_view transcript, const TurnWords& words) {
    const std::vector<std::string> said = split(transcript, words);
    std::size_t index = 0;
    while (index < said.size()) {
        const std::size_t skipped = longest_at(said, index, words.noises);
        if (skipped == 0) {
            return false;
        }
        index += skipped;
    }
    return true;
}

}  // namespace studio::core
