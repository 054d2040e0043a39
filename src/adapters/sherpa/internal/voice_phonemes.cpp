#include "adapters/sherpa/internal/voice_phonemes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace studio::adapters::sherpa {

namespace {

/// Of any voice; Piper's have 256.
constexpr std::size_t tokens_max = 4'096;
constexpr char32_t broken = 0xFFFD;

/// Takes the first character off; U+FFFD for a byte that begins none.
char32_t take_character(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    char32_t code = first < 0x80 ? first : first & (0xFFU >> (size + 1));
    const bool is_whole = (first < 0x80 || first >= 0xC2) && first < 0xF5 && text.size() >= size &&
                          std::all_of(text.begin() + 1, text.begin() + static_cast<int>(size),
                                      [](char each) { return (each & '\xC0') == '\x80'; });
    if (!is_whole) {
        text.remove_prefix(1);
        return broken;
    }
    for (std::size_t index = 1; index < size; ++index) {
        code = code << 6U | (static_cast<unsigned char>(text[index]) & 0x3FU);
    }
    text.remove_prefix(size);
    return code;
}

/// Of the composed characters those that eSpeak NG writes, with their parts (Unicode's NFD).
struct Composed {
    char32_t whole;
    char32_t base;
    char32_t mark;
};
constexpr std::array composed{
    Composed{0xE7, 'c', 0x327},  Composed{0xE3, 'a', 0x303},   Composed{0xF5, 'o', 0x303},
    Composed{0x129, 'i', 0x303}, Composed{0x169, 'u', 0x303},  Composed{0x1EBD, 'e', 0x303},
    Composed{0xF1, 'n', 0x303},  Composed{0x1EF9, 'y', 0x303},
};

bool is_stress(std::int32_t phoneme) {
    return phoneme == 0x2C8 || phoneme == 0x2CC;
}

void push(PhonemePiece& piece, char32_t code, const PhonemeSet& known) {
    if (known.contains(code)) {
        piece.phonemes.push_back(static_cast<std::int32_t>(code));
        return;
    }
    const auto parts = std::find_if(composed.begin(), composed.end(),
                                    [code](const Composed& each) { return each.whole == code; });
    if (parts != composed.end()) {
        for (const char32_t part : {parts->base, parts->mark}) {
            if (known.contains(part)) {
                piece.phonemes.push_back(static_cast<std::int32_t>(part));
            }
        }
    }
}

void close_word(PhonemePiece& piece, std::size_t begin) {
    if (piece.phonemes.size() > begin) {
        piece.words.push_back({begin, piece.phonemes.size()});
    }
}

std::size_t weight_of(const PhonemePiece& clause, PhonemePiece::Word word) {
    const auto begin = clause.phonemes.begin();
    return static_cast<std::size_t>(std::count_if(begin + static_cast<std::ptrdiff_t>(word.begin),
                                                  begin + static_cast<std::ptrdiff_t>(word.end),
                                                  [](auto each) { return !is_stress(each); }));
}

}  // namespace

Result<PhonemeSet, std::string> parse_tokens(std::string_view text) {
    PhonemeSet known;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        const std::size_t space = line.rfind(' ');
        if (line.empty()) {
            continue;
        }
        unsigned number = 0;
        const bool has_number =
            space != std::string_view::npos && space > 0 && space + 1 < line.size() &&
            std::from_chars(line.data() + space + 1, line.data() + line.size(), number).ptr ==
                line.data() + line.size();
        std::string_view phoneme = has_number ? line.substr(0, space) : std::string_view();
        const char32_t code = phoneme.empty() ? broken : take_character(phoneme);
        if (code == broken || !phoneme.empty()) {
            return fail(std::string("a line is not 'phoneme, space, number'"));
        }
        if (!known.insert(code).second) {
            return fail(std::string("a phoneme stands twice"));
        }
        if (known.size() > tokens_max) {
            return fail(std::string("it has too many phonemes"));
        }
    }
    for (const char32_t own : {U'_', U'^', U'$'}) {
        if (!known.contains(own)) {
            return fail(std::string("it lacks the padding, the start or the end"));
        }
    }
    return known;
}

void add_clause(PhonemePiece& piece, std::string_view lines, char mark, const PhonemeSet& known) {
    const bool follows = !piece.phonemes.empty();
    bool wants_space = follows;
    bool in_flag = false;
    std::size_t begin = piece.phonemes.size();
    while (!lines.empty()) {
        const char32_t code = take_character(lines);
        if (code == '(' || code == ')') {
            in_flag = code == '(';
        } else if (in_flag) {
            continue;
        } else if (code == ' ' || code == '\n' || code == '\r') {
            close_word(piece, begin);
            wants_space = wants_space || piece.phonemes.size() > begin;
            begin = piece.phonemes.size();
        } else if (code != '_') {
            // The underscore, the dollar and the caret are the model's own: padding, end and start.
            const bool is_own = code == '^' || code == '$';
            if (!is_own && wants_space && known.contains(' ')) {
                piece.phonemes.push_back(' ');
                begin = piece.phonemes.size();
            }
            wants_space = wants_space && is_own;
            if (!is_own) {
                push(piece, code, known);
            }
        }
    }
    close_word(piece, begin);
    if (mark != 0 && !piece.phonemes.empty() && known.contains(static_cast<char32_t>(mark))) {
        piece.phonemes.push_back(mark);
    }
}

std::vector<WordShare> share_words(std::string_view text, const PhonemePiece& clause) {
    std::vector<WordShare> words;
    std::vector<double> weights;
    for (std::size_t at = 0; at < text.size();) {
        at = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
        const std::size_t end = std::min(text.find_first_of(" \t\r\n", at), text.size());
        if (end > at) {
            words.push_back({at, 0.0});
            weights.push_back(static_cast<double>(end - at) + 1.0);
        }
        at = end;
    }
    if (clause.words.size() == words.size()) {
        for (std::size_t index = 0; index < words.size(); ++index) {
            weights[index] = static_cast<double>(weight_of(clause, clause.words[index])) + 0.5;
        }
    }
    double total = 0.0;
    for (const double weight : weights) {
        total += weight;
    }
    double before = 0.0;
    for (std::size_t index = 0; index < words.size(); ++index) {
        words[index].begin = before / total;
        before += weights[index];
    }
    return words;
}

}  // namespace studio::adapters::sherpa
