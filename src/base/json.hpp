#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace studio {

/// A JSON value. Boost.JSON is the one library that base names (docs/adr): configuration, tool
/// arguments and events are JSON by nature, and every layer above passes them.
using Json = boost::json::value;
using JsonObject = boost::json::object;
using JsonArray = boost::json::array;

/// Why a text is not acceptable JSON, in words for its author.
struct JsonError {
    std::string message;
};

/// Parses a whole text as one JSON value (RFC 8259). Refuses nesting deeper than 32 and
/// bytes after the value. The caller bounds the size of `text`.
[[nodiscard]] Result<Json, JsonError> parse_json(std::string_view text);

[[nodiscard]] std::string serialize_json(const Json& value);

/// The member of an object, or nullptr where `value` is no object or has none of that name.
[[nodiscard]] const Json* find_member(const Json& value, std::string_view name);

/// A member's text, or `otherwise` where it is absent or not a string.
[[nodiscard]] std::string member_text(const Json& value, std::string_view name,
                                      std::string_view otherwise = "");

}  // namespace studio
