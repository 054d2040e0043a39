#pragma once

#include <string>
#include <string_view>

namespace studio::core {

/// Whether there is anything in a text that a voice could say: a letter or a digit of any script.
/// Punctuation, symbols, emoji and white space alone are nothing (Unicode 15, by blocks).
[[nodiscard]] bool has_speech(std::string_view text);

/// Makes of what a model writes what a voice should say. Models write for the eye, whatever their
/// prompt says: Markdown (CommonMark with tables, strikethrough and task lists), HTML and SSML
/// tags, character references, links, emoji. What is layout goes, what is text stays; of a link its
/// text, of a bare address its host. Code blocks are not said at all, so it remembers between two
/// texts whether it is inside one. It does not translate: numbers, units and abbreviations are the
/// voice's. One owner.
class SpokenText {
public:
    /// `text` is the next sentence, or lines of a few, as the model wrote them. Empty where nothing
    /// of it is to be said; else has_speech(), with single spaces and none at the ends.
    [[nodiscard]] std::string clean(std::string_view text);
    /// The next text is the first of an answer.
    void reset() { in_code_ = false; }

private:
    bool in_code_ = false;
};

}  // namespace studio::core
