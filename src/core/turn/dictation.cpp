#include "core/turn/dictation.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "core/turn/turn_text.hpp"

namespace studio::core {

namespace {

/// A telephone number with its area code; shorter ones are rarely dictated in groups.
constexpr std::size_t phone_digits = 10;
/// A local number said in one breath.
constexpr std::size_t local_digits = 7;
constexpr std::size_t card_digits = 16;
constexpr std::size_t short_card_digits = 15;
constexpr std::size_t group_digits = 4;
constexpr std::size_t year_digits = 4;
/// So many words before the sign @ may belong to the address.
constexpr std::size_t address_words_max = 8;

struct Word {
    std::string text;
    /// Which utterance it belongs to.
    std::size_t piece = 0;
};

using Words = std::vector<Word>;
using List = std::vector<std::string>;

bool holds(const List& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_numeral(const std::string& word) {
    return !word.empty() && std::all_of(word.begin(), word.end(),
                                        [](char byte) { return byte >= '0' && byte <= '9'; });
}

bool is_letter(const std::string& word) {
    return word.size() == 1 && word[0] >= 'a' && word[0] <= 'z';
}

/// One word, and of scripts without spaces each digit for itself: "一三八".
void add_word(Words& all, std::string_view word, std::size_t piece, const List& digits) {
    std::size_t begin = 0;
    for (std::size_t index = 0; index < word.size();) {
        std::size_t size = 1;
        // Continuation bytes of UTF-8 are 10xxxxxx.
        while (index + size < word.size() &&
               (static_cast<unsigned char>(word[index + size]) & 0xC0U) == 0x80U) {
            ++size;
        }
        const std::string character(word.substr(index, size));
        if (size > 1 && size < word.size() && holds(digits, character)) {
            if (index > begin) {
                all.push_back({std::string(word.substr(begin, index - begin)), piece});
            }
            all.push_back({character, piece});
            begin = index + size;
        }
        index += size;
    }
    if (begin < word.size()) {
        all.push_back({std::string(word.substr(begin)), piece});
    }
}

/// Hyphens part what is read out: "555-0132", "j-o-h-n".
void add_words(Words& all, std::string_view text, std::size_t piece, const List& digits) {
    for (const std::string& word : words_of(text)) {
        std::size_t begin = 0;
        while (begin <= word.size()) {
            const std::size_t end = std::min(word.find('-', begin), word.size());
            if (end > begin) {
                add_word(all, std::string_view(word).substr(begin, end - begin), piece, digits);
            }
            begin = end + 1;
        }
    }
}

/// Whether the words just before `end` are this entry.
bool ends_with(const Words& words, std::size_t end, const std::string& entry) {
    if (entry.find(' ') == std::string::npos) {
        return end > 0 && words[end - 1].text == entry;
    }
    const std::vector<std::string> parts = words_of(entry);
    if (parts.empty() || parts.size() > end) {
        return false;
    }
    for (std::size_t index = 0; index < parts.size(); ++index) {
        if (words[end - parts.size() + index].text != parts[index]) {
            return false;
        }
    }
    return true;
}

/// How many words before `end` make one of these entries; zero for none.
std::size_t entry_before(const Words& words, std::size_t end, const List& entries) {
    std::size_t longest = 0;
    for (const std::string& entry : entries) {
        if (ends_with(words, end, entry)) {
            longest = std::max(longest, words_of(entry).size());
        }
    }
    return longest;
}

/// What the end of a transcript consists of, as far as it can be part of a dictation.
struct Run {
    std::size_t begin = 0;
    std::size_t digits = 0;
    std::size_t tokens = 0;
    std::size_t letters = 0;
    std::size_t symbols = 0;
    std::size_t date_parts = 0;
    /// Most single digits without anything between them.
    std::size_t singles = 0;
    bool has_group = false;
    bool letters_differ = false;
    std::string last_letter;
    /// Digits of each group, the last first.
    std::vector<std::size_t> groups;
    bool ends_in_year = false;
};

/// Reads a run from its end to its beginning.
class RunReader {
public:
    RunReader(const Words& all, const DictationWords& words) : all_(all), words_(words) {}

    Run read() {
        std::size_t end = all_.size();
        while (end > 0) {
            const std::size_t taken = take(end);
            if (taken == 0) {
                break;
            }
            end -= taken;
        }
        run_.begin = end;
        return run_;
    }

private:
    /// Takes what ends before `end`; says how many words that were.
    std::size_t take(std::size_t end) {
        const Word& word = all_[end - 1];
        if (entry_before(all_, end, words_.abbreviations) > 0) {
            return 0;
        }
        if (const std::size_t example = take_example(end)) {
            return example;
        }
        if (is_numeral(word.text)) {
            add_digits(word.text.size(), word);
            run_.has_group = run_.has_group || word.text.size() >= 3 ||
                             (word.text.size() == 2 && word.text[0] == '0');
            run_.ends_in_year = run_.ends_in_year || (run_.tokens == 1 && is_year(word.text));
        } else if (const std::size_t pair = entry_before(all_, end, words_.pairs)) {
            add_pair(word);
            return pair;
        } else if (holds(words_.digits, word.text)) {
            add_digits(1, word);
        } else if (holds(words_.multipliers, word.text)) {
            ++run_.digits;
            ++run_.tokens;
        } else if (is_letter(word.text) || holds(words_.code_words, word.text)) {
            add_letter(word.text.substr(0, 1));
        } else if (const std::size_t symbol = entry_before(all_, end, words_.symbols)) {
            ++run_.symbols;
            singles_ = 0;
            return symbol;
        } else if (const std::size_t part = entry_before(all_, end, words_.date_parts)) {
            ++run_.date_parts;
            return part;
        } else {
            return entry_before(all_, end, words_.fillers);
        }
        return 1;
    }

    /// "b as in bravo".
    std::size_t take_example(std::size_t end) {
        const std::size_t marker = entry_before(all_, end - 1, words_.examples);
        if (marker == 0 || end < marker + 2) {
            return 0;
        }
        const Word& letter = all_[end - marker - 2];
        if (!is_letter(letter.text) || all_[end - 1].text[0] != letter.text[0]) {
            return 0;
        }
        // Nobody says so of a single letter by chance.
        run_.letters_differ = true;
        run_.letters += 2;
        add_letter(letter.text);
        return marker + 2;
    }

    static bool is_year(const std::string& numeral) {
        return numeral.size() == year_digits &&
               (numeral.starts_with("19") || numeral.starts_with("20"));
    }

    void add_digits(std::size_t count, const Word& word) {
        const bool goes_on = count == 1 && singles_ > 0 && word.piece == piece_;
        if (goes_on) {
            ++run_.groups.back();
        } else {
            run_.groups.push_back(count);
        }
        singles_ = count == 1 ? singles_ + 1 : 0;
        run_.singles = std::max(run_.singles, singles_);
        piece_ = word.piece;
        run_.digits += count;
        ++run_.tokens;
    }

    /// "fifty five" is two digits, not three.
    void add_pair(const Word& word) {
        const bool joins =
            singles_ > 0 && word.piece == piece_ && !run_.groups.empty() && run_.groups.back() == 1;
        singles_ = 0;
        run_.digits += joins ? 1 : 2;
        if (joins) {
            ++run_.groups.back();
        } else {
            run_.groups.push_back(2);
        }
        piece_ = word.piece;
        ++run_.tokens;
    }

    void add_letter(const std::string& letter) {
        run_.letters_differ =
            run_.letters_differ || (run_.letters > 0 && letter != run_.last_letter);
        run_.last_letter = letter;
        ++run_.letters;
        singles_ = 0;
    }

    const Words& all_;
    const DictationWords& words_;
    Run run_;
    /// Single digits that stand directly before what is taken next.
    std::size_t singles_ = 0;
    std::size_t piece_ = 0;
};

bool is_whole_number(const Run& run) {
    const std::vector<std::size_t>& groups = run.groups;
    const bool in_fours =
        groups.size() > 1 && std::all_of(groups.begin(), groups.end(),
                                         [](std::size_t size) { return size == group_digits; });
    if (in_fours) {
        return run.digits >= card_digits;
    }
    const bool is_short_card =
        groups.size() == 2 && groups.back() == group_digits && groups.front() == 6;
    if (is_short_card) {
        return run.digits >= short_card_digits;
    }
    const bool is_local = groups.size() == 1 && groups.front() == local_digits;
    const bool is_date = run.ends_in_year && groups.size() == 3;
    return run.digits >= phone_digits || is_local || is_date;
}

/// "in 1985", "march third 1985".
bool is_year_in_a_sentence(const Run& run, const Words& all, const DictationWords& words) {
    return run.ends_in_year && run.groups.size() == 1 && run.letters == 0 &&
           (run.date_parts > 0 || entry_before(all, run.begin, words.before_years) > 0);
}

bool is_number_going_on(const Run& run, bool is_asked) {
    // "four fifteen five fifty five", but neither "seven thirty" nor "nineteen eighty five".
    const bool is_long = run.tokens >= 3 && run.digits >= 5;
    const bool is_dictated = run.has_group || run.singles >= 3 || is_long || is_asked;
    return run.digits > 0 && is_dictated && !is_whole_number(run);
}

bool are_letters_going_on(const Run& run, bool is_asked) {
    return is_asked ? run.letters > 0 : run.letters >= 3 && run.letters_differ;
}

/// The position behind the last sign @, if there is one.
std::optional<std::size_t> after_at_sign(const Words& all, const DictationWords& words) {
    for (std::size_t end = all.size(); end > 0; --end) {
        if (holds(words.at_signs, all[end - 1].text)) {
            return end;
        }
    }
    return std::nullopt;
}

bool has_symbol(const Words& all, std::size_t from, std::size_t to, const DictationWords& words) {
    for (std::size_t index = from; index < to; ++index) {
        if (holds(words.symbols, all[index].text)) {
            return true;
        }
    }
    return false;
}

bool is_written_address_going_on(std::string_view text) {
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos) {
        return false;
    }
    const std::size_t dot = text.find('.', at);
    // A full stop at the very end is the recogniser's.
    return dot == std::string_view::npos || text.find_first_not_of(" .", dot) == text.npos;
}

bool is_address_going_on(const Words& all, const DictationWords& words, bool is_asked) {
    const auto behind = after_at_sign(all, words);
    if (!behind) {
        return false;
    }
    const std::size_t name_begin = *behind - std::min(*behind, address_words_max + 1);
    const bool is_host_known =
        std::any_of(all.begin() + static_cast<std::ptrdiff_t>(*behind), all.end(),
                    [&words](const Word& word) { return holds(words.mail_hosts, word.text); });
    const bool is_address =
        is_asked || is_host_known || has_symbol(all, name_begin, *behind - 1, words);
    // "at example dot com" has its ending, "at" and "at gmail" have none.
    return is_address && all.size() - *behind <= 3 && !has_symbol(all, *behind, all.size(), words);
}

}  // namespace

bool asks_for_dictation(std::string_view sentence, const DictationWords& words) {
    Words all;
    add_words(all, sentence, 0, words.digits);
    for (std::size_t end = 1; end <= all.size(); ++end) {
        if (entry_before(all, end, words.requests) > 0) {
            return true;
        }
    }
    // Scripts that write no spaces, from U+3000 on: anywhere.
    return std::any_of(words.requests.begin(), words.requests.end(),
                       [sentence](const std::string& entry) {
                           return static_cast<unsigned char>(entry.front()) >= 0xE3 &&
                                  sentence.find(entry) != std::string_view::npos;
                       });
}

bool dictation_goes_on(const std::vector<std::string>& pieces, const DictationWords& words,
                       bool is_asked) {
    Words all;
    for (std::size_t piece = 0; piece < pieces.size(); ++piece) {
        add_words(all, pieces[piece], piece, words.digits);
    }
    if (all.empty()) {
        return false;
    }
    const std::string& last = pieces.back();
    const std::size_t end = last.find_last_not_of(" \t\n");
    if (end != std::string::npos && (last[end] == '?' || last[end] == '!')) {
        return false;
    }
    if (is_written_address_going_on(last) || is_address_going_on(all, words, is_asked)) {
        return true;
    }
    const Run run = RunReader(all, words).read();
    if (is_year_in_a_sentence(run, all, words)) {
        return false;
    }
    const bool ends_in_symbol = entry_before(all, all.size(), words.symbols) > 0;
    const bool is_date_asked = is_asked && run.date_parts > 0 && run.digits == 0;
    // Of "b as in" the example is still missing.
    const std::size_t marker = entry_before(all, all.size(), words.examples);
    const bool lacks_example = marker > 0 && all.size() > marker && run.begin == all.size() &&
                               is_letter(all[all.size() - marker - 1].text);
    return ends_in_symbol || is_date_asked || lacks_example || is_number_going_on(run, is_asked) ||
           are_letters_going_on(run, is_asked);
}

}  // namespace studio::core
