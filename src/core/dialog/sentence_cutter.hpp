#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace studio::core {

struct SentenceCutterOptions {
    /// A sentence shorter than this waits for the next one, because voices speak single words
    /// badly.
    std::size_t bytes_min = 8;
    /// Text without an end is cut at a comma or space before this, so that speech can begin.
    std::size_t bytes_max = 280;
};

/// Cuts streaming text into sentences as it comes. It knows the full stops of Latin, Devanagari and
/// CJK scripts, and that not each ends a sentence: decimals, abbreviations, initials, list numbers,
/// ellipses. Marks of layout that nobody pronounces (`*`, `#`, backquotes) are dropped. One owner.
class SentenceCutter {
public:
    explicit SentenceCutter(SentenceCutterOptions options = {}) : options_(options) {}

    /// More text; in any pieces, also within a character.
    void add(std::string_view text);
    /// The next sentence that is certainly complete, with its punctuation, trimmed.
    [[nodiscard]] std::optional<std::string> next();
    /// What is left, complete or not; nothing where there is none.
    [[nodiscard]] std::optional<std::string> flush();
    void clear() { text_.clear(); }

private:
    [[nodiscard]] std::optional<std::size_t> find_end() const;
    [[nodiscard]] bool ends_here(std::size_t stop, std::size_t after) const;

    SentenceCutterOptions options_;
    std::string text_;
};

}  // namespace studio::core
