#pragma once

#include <string>
#include <string_view>

namespace studio::core::internal {

/// One line of Markdown or HTML without what only the eye sees: emphasis, code marks, tags,
/// addresses of links, references to sources, pictures. Character references are read. Single
/// spaces, none at the ends.
[[nodiscard]] std::string without_markup(std::string_view line);

/// The end of the tag (`<b>`, `</p>`, `<break time="1s"/>`, a comment) that begins at `index`, past
/// its `>`; zero where there is none, npos where it is not complete yet.
[[nodiscard]] std::size_t tag_end(std::string_view text, std::size_t index);

}  // namespace studio::core::internal
