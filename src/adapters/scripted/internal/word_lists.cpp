#include <algorithm>
#include <array>

#include "adapters/scripted/internal/pattern.hpp"

namespace studio::adapters {

namespace {

constexpr std::array<std::string_view, 20> small_numbers = {
    "zero",     "one",     "two",     "three",     "four",     "five",    "six",
    "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",  "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
constexpr std::array<std::string_view, 10> tens = {"",      "",      "twenty",  "thirty", "forty",
                                                   "fifty", "sixty", "seventy", "eighty", "ninety"};
constexpr std::array<std::string_view, 7> weekdays = {"monday", "tuesday",  "wednesday", "thursday",
                                                      "friday", "saturday", "sunday"};
constexpr std::array<std::string_view, 4> day_parts = {"morning", "afternoon", "evening", "night"};
/// Words that end a name: PocketSphinx writes what follows without a pause, and people say other
/// things than their name when they are asked for it.
constexpr std::array no_names = std::to_array<std::string_view>(
    {"a",      "about", "again",  "ah",     "all",  "am",    "an",      "and",    "are",
     "at",     "be",    "book",   "but",    "can",  "come",  "could",   "did",    "do",
     "don't",  "eh",    "er",     "excuse", "for",  "from",  "goodbye", "have",   "hello",
     "hi",     "hm",    "hmm",    "how",    "huh",  "i",     "i'd",     "i'm",    "if",
     "in",     "is",    "it",     "it's",   "just", "know",  "like",    "make",   "may",
     "me",     "mm",    "moment", "my",     "name", "never", "no",      "nope",   "not",
     "of",     "oh",    "okay",   "on",     "or",   "our",   "pardon",  "people", "please",
     "repeat", "right", "say",    "should", "so",   "sorry", "sure",    "table",  "thank",
     "thanks", "that",  "that's", "the",    "then", "there", "this",    "to",     "uh",
     "um",     "us",    "wait",   "want",   "was",  "we",    "well",    "what",   "when",
     "where",  "who",   "why",    "will",   "with", "would", "wrong",   "yeah",   "yes",
     "you",    "your"});

template <std::size_t Count>
std::optional<std::size_t> index_in(const std::array<std::string_view, Count>& names,
                                    std::string_view word) {
    const auto found = std::find(names.begin(), names.end(), word);
    return found == names.end() || word.empty()
               ? std::nullopt
               : std::optional(static_cast<std::size_t>(found - names.begin()));
}

std::string_view word_at(const Words& words, std::size_t index) {
    return index < words.size() ? std::string_view(words[index]) : std::string_view();
}

std::string joined(const Words& words, std::size_t from, std::size_t count) {
    std::string text;
    for (std::size_t index = from; index < from + count; ++index) {
        text += (index == from ? "" : " ") + words[index];
    }
    return text;
}

std::optional<std::int64_t> digits_in(std::string_view word) {
    if (word.empty() || word.size() > 9 ||
        !std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        return std::nullopt;
    }
    return std::stoll(std::string(word));
}

struct Number {
    std::int64_t value = 0;
    std::size_t words = 0;
};

/// One to ninety-nine, or digits.
std::optional<Number> read_below_hundred(const Words& words, std::size_t at) {
    const std::string_view first = word_at(words, at);
    if (const auto value = digits_in(first)) {
        return Number{.value = *value, .words = 1};
    }
    if (const auto value = index_in(small_numbers, first)) {
        return Number{.value = static_cast<std::int64_t>(*value), .words = 1};
    }
    const auto ten = index_in(tens, first);
    if (!ten) {
        return std::nullopt;
    }
    const auto one = index_in(small_numbers, word_at(words, at + 1));
    const bool has_one = one && *one >= 1 && *one <= 9;
    return Number{.value = static_cast<std::int64_t>(*ten * 10 + (has_one ? *one : 0)),
                  .words = has_one ? 2U : 1U};
}

std::vector<Capture> read_number(const Words& words, std::size_t at) {
    std::optional<Number> number = read_below_hundred(words, at);
    if (!number && word_at(words, at) == "a" && word_at(words, at + 1) == "hundred") {
        number = Number{.value = 1, .words = 1};
    }
    if (!number) {
        return {};
    }
    if (number->value < 10 && word_at(words, at + number->words) == "hundred") {
        number = Number{.value = number->value * 100, .words = number->words + 1};
        const std::size_t skip = word_at(words, at + number->words) == "and" ? 1 : 0;
        if (const auto rest = read_below_hundred(words, at + number->words + skip)) {
            number = Number{.value = number->value + rest->value,
                            .words = number->words + skip + rest->words};
        }
    }
    return {{.value = number->value, .words = number->words}};
}

/// "four one two" as the text "412".
std::vector<Capture> read_digits(const Words& words, std::size_t at) {
    std::string text;
    std::size_t count = 0;
    for (; at + count < words.size() && text.size() < 32; ++count) {
        const std::string_view word = words[at + count];
        const auto value =
            word == "oh" ? std::optional<std::size_t>(0) : index_in(small_numbers, word);
        if (value && *value < 10) {
            text += std::to_string(*value);
        } else if (digits_in(word)) {
            text += word;
        } else {
            break;
        }
    }
    return count == 0 ? std::vector<Capture>{} : std::vector<Capture>{{Json(text), count}};
}

std::vector<Capture> read_day(const Words& words, std::size_t at) {
    const std::string_view first = word_at(words, at);
    std::size_t count = 0;
    if (first == "tonight") {
        return {{Json("tonight"), 1}};
    }
    if (joined(words, at, std::min<std::size_t>(4, words.size() - at)) ==
        "the day after tomorrow") {
        count = 4;
    } else if (first == "today" || first == "tomorrow" || index_in(weekdays, first)) {
        count = 1;
    } else if ((first == "next" || first == "this") && index_in(weekdays, word_at(words, at + 1))) {
        count = 2;
    } else if (first == "this" && index_in(day_parts, word_at(words, at + 1))) {
        return {{Json(joined(words, at, 2)), 2}};
    } else {
        return {};
    }
    if (index_in(day_parts, word_at(words, at + count))) {
        ++count;
    }
    return {{Json(joined(words, at, count)), count}};
}

/// An hour, one to twelve, as a word: recognisers write "seven" or "7".
std::optional<std::string> read_hour_word(std::string_view word) {
    auto value = index_in(small_numbers, word);
    if (const auto digits = digits_in(word); digits && *digits <= 12) {
        value = static_cast<std::size_t>(*digits);
    }
    if (!value || *value < 1 || *value > 12) {
        return std::nullopt;
    }
    return std::string(small_numbers[*value]);
}

/// What stands behind an hour: how many words of the transcript, and how it is said.
struct Minutes {
    std::size_t words = 0;
    std::string said;
};

/// "thirty", "30", "oh five", "05"; of "00" nothing is said.
std::optional<Minutes> read_minutes(const Words& words, std::size_t at) {
    const std::string_view word = word_at(words, at);
    const auto value = read_below_hundred(words, at);
    if (!value || value->value > 59) {
        return std::nullopt;
    }
    const auto minutes = static_cast<std::size_t>(value->value);
    const bool is_digits = digits_in(word).has_value();
    if (is_digits && word.size() == 2 && minutes < 10) {
        return Minutes{1, minutes == 0 ? "" : "oh " + std::string(small_numbers[minutes])};
    }
    if (minutes < 10) {
        return std::nullopt;
    }
    if (!is_digits) {
        return Minutes{value->words, joined(words, at, value->words)};
    }
    const std::string one = minutes % 10 == 0 ? "" : ' ' + std::string(small_numbers[minutes % 10]);
    return Minutes{1, minutes < 20 ? std::string(small_numbers[minutes])
                                   : std::string(tens[minutes / 10]) + one};
}

/// "p m", "pm", "in the evening" after a time.
std::size_t words_of_half(const Words& words, std::size_t at) {
    const std::string_view first = word_at(words, at);
    if (first == "pm" || first == "am" || first == "p.m" || first == "a.m") {
        return 1;
    }
    if ((first == "p" || first == "a") && word_at(words, at + 1) == "m") {
        return 2;
    }
    const bool has_part = first == "in" && word_at(words, at + 1) == "the" &&
                          index_in(day_parts, word_at(words, at + 2));
    return has_part ? 3 : 0;
}

/// A time that cannot be another number: with o'clock, minutes, half or quarter, noon, a.m. or p.m.
/// As it is said, also where the transcript has digits.
std::vector<Capture> read_time(const Words& words, std::size_t at) {
    const std::string_view first = word_at(words, at);
    const std::string_view second = word_at(words, at + 1);
    if (first == "noon" || first == "midnight") {
        return {{Json(std::string(first)), 1}};
    }
    std::size_t count = 0;
    std::string said;
    const bool has_fraction = first == "half" || first == "quarter";
    const auto hour = read_hour_word(has_fraction ? word_at(words, at + 2) : first);
    if (!hour) {
        return {};
    }
    if (has_fraction) {
        if (second != "past" && second != "to") {
            return {};
        }
        count = 3;
        said = joined(words, at, 2) + ' ' + *hour;
    } else if (second == "o'clock" || second == "oclock") {
        count = 2;
        said = *hour + ' ' + std::string(second);
    } else {
        const auto minutes = read_minutes(words, at + 1);
        count = 1 + (minutes ? minutes->words : 0);
        const bool has_half = words_of_half(words, at + count) > 0;
        if (!minutes && !has_half) {
            return {};
        }
        said = *hour;
        if (minutes && !minutes->said.empty()) {
            said += ' ' + minutes->said;
        } else if (!has_half) {
            said += " o'clock";
        }
    }
    if (const std::size_t half = words_of_half(words, at + count); half > 0) {
        said += ' ' + joined(words, at + count, half);
        count += half;
    }
    return {{Json(said), count}};
}

std::vector<Capture> read_hour(const Words& words, std::size_t at) {
    std::vector<Capture> readings = read_time(words, at);
    if (const auto hour = read_hour_word(word_at(words, at)); readings.empty() && hour) {
        readings.push_back({Json(*hour + " o'clock"), 1});
    }
    return readings;
}

bool may_be_in_name(std::string_view word) {
    return word != used_word && !index_in(no_names, word) && !index_in(small_numbers, word) &&
           !index_in(tens, word) && !index_in(weekdays, word) && !digits_in(word);
}

/// One to three words that may be a person's name, as names are written.
std::vector<Capture> read_name(const Words& words, std::size_t at) {
    std::vector<Capture> readings;
    std::string name;
    for (std::size_t count = 1; count <= 3 && at + count <= words.size(); ++count) {
        std::string word = words[at + count - 1];
        if (!may_be_in_name(word)) {
            break;
        }
        if (word.front() >= 'a' && word.front() <= 'z') {
            word.front() = static_cast<char>(word.front() - 'a' + 'A');
        }
        name += (count == 1 ? "" : " ") + word;
        readings.insert(readings.begin(), Capture{Json(name), count});
    }
    return readings;
}

/// One to eight words of any kind.
std::vector<Capture> read_words(const Words& words, std::size_t at) {
    std::vector<Capture> readings;
    std::size_t most = 0;
    while (most < 8 && at + most < words.size() && words[at + most] != used_word) {
        ++most;
    }
    for (std::size_t count = most; count > 0; --count) {
        readings.push_back({Json(joined(words, at, count)), count});
    }
    return readings;
}

using Reader = std::vector<Capture> (*)(const Words&, std::size_t);
constexpr std::array<std::pair<std::string_view, Reader>, 7> readers = {{{"number", read_number},
                                                                         {"digits", read_digits},
                                                                         {"day", read_day},
                                                                         {"time", read_time},
                                                                         {"hour", read_hour},
                                                                         {"name", read_name},
                                                                         {"words", read_words}}};

}  // namespace

bool is_builtin_list(std::string_view name) {
    return std::any_of(readers.begin(), readers.end(),
                       [&](const auto& reader) { return reader.first == name; });
}

std::vector<Capture> read_capture(std::string_view list, const WordLists& lists, const Words& words,
                                  std::size_t at) {
    if (at >= words.size()) {
        return {};
    }
    for (const auto& [name, reader] : readers) {
        if (name == list) {
            return reader(words, at);
        }
    }
    std::vector<Capture> readings;
    const auto found = lists.find(list);
    if (found == lists.end()) {
        return readings;
    }
    for (const auto& [said, meaning] : found->second.entries) {
        if (said.size() <= words.size() - at &&
            std::equal(said.begin(), said.end(), words.begin() + static_cast<std::ptrdiff_t>(at))) {
            readings.push_back({Json(meaning), said.size()});
        }
    }
    std::stable_sort(readings.begin(), readings.end(),
                     [](const Capture& a, const Capture& b) { return a.words > b.words; });
    return readings;
}

}  // namespace studio::adapters
