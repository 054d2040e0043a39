#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace studio::adapters {

using Words = std::vector<std::string>;

/// What was said as lower-case words: letters, digits and apostrophes; the rest separates words.
[[nodiscard]] Words to_words(std::string_view text);

/// The script's own word lists: what is said, as words, to what it means.
struct WordList {
    std::vector<std::pair<Words, std::string>> entries;
};
using WordLists = std::map<std::string, WordList, std::less<>>;

/// A match of a capture: its value, and how many words it took.
struct Capture {
    Json value;
    std::size_t words = 0;
};

/// The readings of a built-in or own list at a place in the words, longest first.
[[nodiscard]] std::vector<Capture> read_capture(std::string_view list, const WordLists& lists,
                                                const Words& words, std::size_t at);

/// Whether the name is that of a built-in list.
[[nodiscard]] bool is_builtin_list(std::string_view name);

/// Where a pattern matched, and what it captured.
struct PatternMatch {
    /// The first capture's value; true where the pattern has none.
    Json value;
    std::size_t begin = 0;
    /// After the last word.
    std::size_t end = 0;
};

/// A word that is used up: it stands in the place of what a pattern took, and no pattern matches
/// it.
inline constexpr std::string_view used_word = "";

/// A pattern of the rule language: words, `(a | b)`, `[optional]`, `[repeated]*`, `{list}`. It
/// matches anywhere in what was said; `^` at its start and `$` at its end tie it to the ends.
class Pattern {
public:
    /// At most 256 bytes and 64 parts; the error is in words for the author.
    [[nodiscard]] static Result<Pattern, std::string> parse(std::string_view text,
                                                            const WordLists& lists);

    /// The first match; nothing where nothing matches. Bounded to 20,000 steps, beyond which
    /// nothing matches.
    [[nodiscard]] std::optional<PatternMatch> find(const Words& words,
                                                   const WordLists& lists) const;
    /// The value of find().
    [[nodiscard]] std::optional<Json> match(const Words& words, const WordLists& lists) const;

private:
    friend class PatternParser;
    friend class PatternMatcher;

    enum class Kind : std::uint8_t { word, sequence, choice, optional, repeat, capture };
    struct Part {
        Kind kind = Kind::word;
        std::string text = {};
        std::vector<std::size_t> children = {};
    };

    std::vector<Part> parts_;
    std::size_t root_ = 0;
    bool at_start_ = false;
    bool at_end_ = false;
};

}  // namespace studio::adapters
