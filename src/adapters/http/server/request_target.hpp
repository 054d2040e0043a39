#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/server/api_message.hpp"

namespace studio::adapters {

/// A request target, taken apart and decoded.
struct RequestTarget {
    /// Parts between slashes: `/api/v1` is {"api", "v1"}, `/` is {}.
    std::vector<std::string> path;
    HeaderList query;
};

/// Reads a request target in origin form, or in absolute form with http or https (RFC 9112, section
/// 3.2). Nothing where it is neither, longer than 4 KiB, has more than 32 parts or 32 query fields,
/// a broken percent escape, an escaped or raw control character, text that is no UTF-8, or a `.` or
/// `..` part. An escaped
/// slash stays inside its part.
[[nodiscard]] std::optional<RequestTarget> parse_request_target(std::string_view text);

/// Decodes percent escapes; in a query `+` is a space. Nothing for broken escapes, control
/// characters and what is no UTF-8.
[[nodiscard]] std::optional<std::string> decode_percent(std::string_view text, bool plus_is_space);

}  // namespace studio::adapters
