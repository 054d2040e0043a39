#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/http/server/api_message.hpp"
#include "ports/resource_store.hpp"

namespace studio::adapters {

/// How entity tags are compared (RFC 9110, section 8.8.3.2).
enum class TagComparison : std::uint8_t {
    /// `W/"a"` is `"a"`: for If-None-Match.
    weak,
    /// Weak tags are like nothing: for If-Match.
    strong,
};

/// Whether `tag`, a strong entity tag with its quotes, is in a list as If-Match and If-None-Match
/// write it. `*` is every tag; what is no tag in the list is passed over.
[[nodiscard]] bool matches_any_tag(std::string_view list, std::string_view tag,
                                   TagComparison comparison);

/// Names one state of a stored resource.
[[nodiscard]] std::string tag_of(const Resource& resource);

/// The tag of bytes that are built into the program: tells one build's from another's.
[[nodiscard]] std::string tag_of(std::string_view content);

/// Whether a reader has what `tag` names already: 304.
[[nodiscard]] bool is_unchanged(const ApiRequest& request, std::string_view tag);

}  // namespace studio::adapters
