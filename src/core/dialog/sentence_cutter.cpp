#include "core/dialog/sentence_cutter.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/dialog/internal/inline_markup.hpp"

namespace studio::core {

namespace {

/// Full stops that need no space after them: danda, double danda, and the full-width ones of CJK.
constexpr std::array<std::string_view, 7> wide_stops{"।", "॥", "。", "！", "？", "؟", "۔"};
/// Never the end of a sentence.
constexpr std::array<std::string_view, 12> titles{"mr", "mrs", "ms",  "dr",     "prof", "st",
                                                  "vs", "e.g", "i.e", "approx", "fig",  "dept"};
/// The end of a sentence only before a capital letter.
constexpr std::array<std::string_view, 9> shortenings{"a.m", "p.m", "etc", "inc", "ltd",
                                                      "jr",  "sr",  "co",  "ave"};

bool is_space(char byte) {
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}
bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}
bool is_capital(char byte) {
    return byte >= 'A' && byte <= 'Z';
}
bool is_letter(char byte) {
    return is_capital(byte) || (byte >= 'a' && byte <= 'z');
}

template <std::size_t Size>
bool contains(const std::array<std::string_view, Size>& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

/// The length of a wide stop at `index`, or zero.
std::size_t wide_stop_at(std::string_view text, std::size_t index) {
    for (const std::string_view stop : wide_stops) {
        if (text.substr(index, stop.size()) == stop) {
            return stop.size();
        }
    }
    return 0;
}

/// Quotes, brackets and marks that may stand between a full stop and the next sentence.
constexpr std::array<std::string_view, 9> closers{"\"", "'", ")", "”", "’", "*", "_", "~", "`"};

/// Past the closers after a full stop.
std::size_t skip_closers(std::string_view text, std::size_t index) {
    for (bool found = true; found;) {
        found = false;
        for (const std::string_view closer : closers) {
            if (index < text.size() && text.substr(index, closer.size()) == closer) {
                index += closer.size();
                found = true;
            }
        }
    }
    return index;
}

/// Whether what comes next may make a closer of `text`, the end of what came so far.
bool may_become_closer(std::string_view text) {
    return std::any_of(closers.begin(), closers.end(), [text](std::string_view closer) {
        return text.size() < closer.size() && closer.starts_with(text);
    });
}

/// The lower-case word before `stop`, with full stops inside it ("p.m").
std::string word_before(std::string_view text, std::size_t stop) {
    std::size_t begin = stop;
    while (begin > 0 &&
           (is_letter(text[begin - 1]) || is_digit(text[begin - 1]) || text[begin - 1] == '.')) {
        --begin;
    }
    std::string word(text.substr(begin, stop - begin));
    std::transform(word.begin(), word.end(), word.begin(), [](char byte) {
        return is_capital(byte) ? static_cast<char>(byte - 'A' + 'a') : byte;
    });
    return word;
}

std::string trimmed(std::string_view text) {
    std::string result;
    for (const char byte : text) {
        const bool space = is_space(byte);
        if (space && (result.empty() || result.back() == ' ')) {
            continue;
        }
        result += space ? ' ' : byte;
    }
    while (!result.empty() && result.back() == ' ') {
        result.pop_back();
    }
    return result;
}

/// The length without marks of layout and spaces in a row: about what is said.
std::size_t length_of(std::string_view text) {
    const std::string line = trimmed(text);
    return line.size() -
           static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char byte) {
               return byte == '*' || byte == '#' || byte == '`';
           }));
}

/// Whether the text breaks off within a tag or within the address of a link. Neither is longer than
/// this.
bool is_inside_markup(std::string_view text) {
    constexpr std::size_t markup_bytes_max = 400;
    const std::string_view tail =
        text.substr(text.size() - std::min(text.size(), markup_bytes_max));
    const std::size_t tag = tail.rfind('<');
    if (tag != std::string_view::npos && internal::tag_end(tail, tag) == std::string_view::npos) {
        return true;
    }
    const std::size_t address = tail.rfind("](");
    return address != std::string_view::npos && tail.find(')', address) == std::string_view::npos;
}

}  // namespace

void SentenceCutter::add(std::string_view text) {
    text_ += text;
}

/// Whether the full stop at `stop` ends a sentence; `after` is the next byte that is no space.
bool SentenceCutter::ends_here(std::size_t stop, std::size_t after) const {
    if (text_[stop] != '.') {
        return true;
    }
    const char next = text_[after];
    if (stop > 0 && text_[stop - 1] == '.') {
        // An ellipsis that goes on in small letters is a pause.
        return !(next >= 'a' && next <= 'z');
    }
    const std::string word = word_before(text_, stop);
    if (contains(titles, word) || (word == "no" && is_digit(next))) {
        return false;
    }
    if (contains(shortenings, word)) {
        return is_capital(next);
    }
    if (word.size() == 1 && is_letter(word[0])) {
        return word == "i";  // "J. Smith", but "So do I."
    }
    // "1. Milk" at the beginning of a sentence or line.
    const bool number =
        !word.empty() && word.size() <= 2 && std::all_of(word.begin(), word.end(), is_digit);
    if (number) {
        const std::size_t begin = stop - word.size();
        const std::size_t before = text_.find_last_not_of(" \t", begin == 0 ? 0 : begin - 1);
        return begin != 0 && before != std::string::npos && text_[before] != '\n';
    }
    return true;
}

std::optional<std::size_t> SentenceCutter::find_end() const {
    for (std::size_t index = 0; index < text_.size(); ++index) {
        const char byte = text_[index];
        std::size_t end = 0;
        if (const std::size_t wide = wide_stop_at(text_, index); wide > 0) {
            end = skip_closers(text_, index + wide);
            if (may_become_closer(std::string_view(text_).substr(end))) {
                return std::nullopt;
            }
        } else if (byte == '\n') {
            end = index + 1;
        } else if (byte == '.' || byte == '!' || byte == '?') {
            const std::size_t closed = skip_closers(text_, index + 1);
            // Not certain before something follows.
            const std::size_t after = text_.find_first_not_of(" \t\n\r", closed);
            if (after == std::string::npos) {
                return std::nullopt;
            }
            if (is_space(text_[closed]) && ends_here(index, after)) {
                end = closed;
            }
        }
        const std::string_view text = text_;
        if (end > 0 && length_of(text.substr(0, end)) >= options_.bytes_min &&
            !is_inside_markup(text.substr(0, end))) {
            return end;
        }
        if (index >= options_.bytes_max) {
            const std::size_t space = text_.rfind(' ', index);
            const std::size_t comma = text_.rfind(',', index);
            const bool late_comma = comma != std::string::npos && comma > index / 2;
            const std::size_t cut = late_comma ? comma : space;
            if (cut != std::string::npos && !is_inside_markup(text.substr(0, cut + 1))) {
                return cut + 1;
            }
        }
    }
    return std::nullopt;
}

/// The text up to `end` leaves; nothing where it is not to be said.
std::optional<CutSentence> SentenceCutter::take(std::size_t end) {
    const std::string raw = text_.substr(0, end);
    text_.erase(0, end);
    const std::string written = trimmed(raw);
    if (!unspoken_.empty() && !written.empty()) {
        unspoken_ += ' ';
    }
    unspoken_ += written;
    std::string spoken = spoken_.clean(raw);
    if (spoken.empty()) {
        return std::nullopt;
    }
    return CutSentence{std::exchange(unspoken_, {}), std::move(spoken)};
}

std::optional<CutSentence> SentenceCutter::next() {
    while (const auto end = find_end()) {
        if (auto sentence = take(*end)) {
            return sentence;
        }
    }
    return std::nullopt;
}

std::optional<CutSentence> SentenceCutter::flush() {
    if (auto sentence = next()) {
        return sentence;
    }
    if (auto sentence = take(text_.size())) {
        return sentence;
    }
    if (unspoken_.empty()) {
        return std::nullopt;
    }
    return CutSentence{std::exchange(unspoken_, {}), {}};
}

std::optional<CutSentence> SentenceCutter::flush_complete() {
    std::size_t end = 0;
    for (std::size_t index = 0; index < text_.size(); ++index) {
        const std::size_t wide = wide_stop_at(text_, index);
        if (wide == 0 && text_[index] != '.' && text_[index] != '!' && text_[index] != '?') {
            continue;
        }
        const std::size_t closed = skip_closers(text_, index + std::max<std::size_t>(1, wide));
        if (wide > 0 || closed == text_.size() || is_space(text_[closed])) {
            end = closed;
        }
    }
    std::optional<CutSentence> sentence = take(end);
    clear();
    return sentence;
}

void SentenceCutter::clear() {
    text_.clear();
    unspoken_.clear();
    spoken_.reset();
}

}  // namespace studio::core
