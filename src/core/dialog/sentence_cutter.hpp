#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/dialog/spoken_text.hpp"

namespace studio::core {

struct SentenceCutterOptions {
    /// A sentence shorter than this waits for the next one, because voices speak single words
    /// badly.
    std::size_t bytes_min = 8;
    /// Text without an end is cut at a comma or space before this, so that speech can begin.
    std::size_t bytes_max = 280;
};

/// A sentence as it was written, and as it is said.
struct CutSentence {
    /// With its marks of layout, single spaces, none at the ends; before it what nobody can say
    /// (`---`, a block of code).
    std::string text;
    /// Empty where there is nothing to say; only the last one of a text.
    std::string spoken;
};

/// Cuts streaming text into sentences as it comes. It knows the full stops of Latin, Devanagari and
/// CJK scripts, and that not each ends a sentence: decimals, abbreviations, initials, list numbers,
/// ellipses, and what stands in a tag or the address of a link. One owner.
class SentenceCutter {
public:
    explicit SentenceCutter(SentenceCutterOptions options = {}) : options_(options) {}

    /// More text; in any pieces, also within a character.
    void add(std::string_view text);
    /// The next sentence that is certainly complete, with its punctuation.
    [[nodiscard]] std::optional<CutSentence> next();
    /// What is left, complete or not; nothing where there is none.
    [[nodiscard]] std::optional<CutSentence> flush();
    /// What is left up to its last full stop, where nothing more will come; the rest is forgotten.
    [[nodiscard]] std::optional<CutSentence> flush_complete();
    void clear();

private:
    [[nodiscard]] std::optional<std::size_t> find_end() const;
    [[nodiscard]] bool ends_here(std::size_t stop, std::size_t after) const;
    [[nodiscard]] std::optional<CutSentence> take(std::size_t end);

    SentenceCutterOptions options_;
    SpokenText spoken_;
    std::string text_;
    /// Was cut off already, but cannot be said: it goes with the next sentence.
    std::string unspoken_;
};

}  // namespace studio::core
