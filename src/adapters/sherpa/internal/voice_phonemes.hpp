#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace studio::adapters::sherpa {

/// The phonemes that a voice was taught, by code point.
using PhonemeSet = std::set<char32_t>;

/// Reads a voice's tokens.txt: a line for each, `phoneme, space, number`; the phoneme is one
/// character, which may be a space, and stands once; `_`, `^` and `$` are among them, which the
/// library looks for. The error says what is wrong with the file.
[[nodiscard]] Result<PhonemeSet, std::string> parse_tokens(std::string_view text);

/// What a voice is to speak, and which of it is which word.
struct PhonemePiece {
    /// Where the phonemes of a word begin and end.
    struct Word {
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    std::vector<std::int32_t> phonemes;
    std::vector<Word> words;
};

/// Adds a clause to a piece: `lines` as eSpeak NG gives them (IPA, a line for each clause that it
/// sees, `(en)` where it changes the language), decomposed where the voice knows the parts only,
/// and without what the voice was not taught; then `mark`, where it is one. Any bytes.
void add_clause(PhonemePiece& piece, std::string_view lines, char mark, const PhonemeSet& known);

/// How long each word of `text` lasts, as shares of the piece's sound: by its phonemes where there
/// are as many words of them as of the text ("42" is one there and two here), else by its letters.
struct WordShare {
    /// In bytes of `text`.
    std::size_t offset = 0;
    /// 0 to 1, of the clause's sound.
    double begin = 0.0;
};
[[nodiscard]] std::vector<WordShare> share_words(std::string_view text, const PhonemePiece& clause);

}  // namespace studio::adapters::sherpa
