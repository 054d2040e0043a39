#pragma once

#include <string_view>

namespace studio::core {

/// Whether a text may name an agent: lower-case letters, digits and single hyphens between them, a
/// letter first, at most 63 bytes (`order-desk`).
[[nodiscard]] bool is_agent_name(std::string_view name);

/// Whether a text may name a tool, a tool's parameter or a flag: lower-case letters, digits and
/// underscores, a letter first, at most 64 bytes, which every model's interface accepts
/// (`book_table`).
[[nodiscard]] bool is_tool_name(std::string_view name);

/// Whether a text looks like a language: two or three letters and perhaps a region (`en`, `en-IN`).
[[nodiscard]] bool is_language(std::string_view text);

}  // namespace studio::core
