#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace studio {

/// A JSON value. Boost.JSON is the one library that base names (docs/adr): configuration, tool
/// arguments and events are JSON by nature, and every layer above passes them.
using Json = boost::json::value;
using JsonObject = boost::json::object;
using JsonArray = boost::json::array;

/// What parse_json does with a value that we cannot keep: a number that is not finite as a double,
/// a whole number outside -2^63 to 2^64-1 (its digits would be lost), a NUL in a text or name.
enum class JsonStance : std::uint8_t {
    /// Refuses the whole text. For authors who can be told: requests, files, a model's arguments.
    refuse,
    /// Makes the value one that we can keep: such a number becomes a text of its digits, a NUL and
    /// what is no UTF-8 become U+FFFD. For what comes once and cannot be asked for again: the
    /// answers of back ends and providers.
    repair,
    /// As repair, and understands what was written of doubles: `Infinity`, `-Infinity` and `NaN` of
    /// earlier versions become null, a whole number beyond 64 bits becomes a double again. For our
    /// own rows, files and queues.
    restore,
};

/// How much a text may hold, and what happens to values that we cannot keep.
struct JsonRules {
    JsonStance stance = JsonStance::refuse;
    /// Of the whole text; above every limit of an edge (requests 1 MiB, snapshots 1 MiB).
    std::size_t bytes_max = std::size_t{8} << 20U;
    /// Objects and lists inside each other.
    std::size_t depth_max = 32;
    /// Of one text or name, in bytes of UTF-8.
    std::size_t text_bytes_max = std::size_t{1} << 20U;
};

/// How what others sent us, and cannot be asked to send again, is read.
inline constexpr JsonRules json_to_repair{.stance = JsonStance::repair};
/// How what we wrote ourselves is read: deeper than what comes from outside, since we put that into
/// objects of our own.
inline constexpr JsonRules json_as_stored{
    .stance = JsonStance::restore, .bytes_max = std::size_t{64} << 20U, .depth_max = 64};

/// Why a text is not acceptable JSON, in words for its author.
struct JsonError {
    std::string message;
    /// Where the value stands that is refused: `metadata.list[2]`; empty where the text is no JSON
    /// at all, or is refused as a whole.
    std::string path;
};

/// Parses a whole text as one JSON value (RFC 8259): the one place where JSON is checked that comes
/// from outside. What it returns is finite, valid UTF-8, free of NUL and within the rules' bounds,
/// so that serialize_json writes it and json_as_stored reads it again, whatever it is.
[[nodiscard]] Result<Json, JsonError> parse_json(std::string_view text,
                                                 const JsonRules& rules = {});

/// Writes a value so that parse_json with json_as_stored reads it: numbers as text_of_number does,
/// what is not finite as null, what is no UTF-8 and NUL as U+FFFD, nesting beyond depth 64 as null.
[[nodiscard]] std::string serialize_json(const Json& value);

/// A number as people and JSON write it: `0`, `9.5`, `-0.001`; with an exponent below 1e-6, and
/// where a whole number would not fit into 64 bits. No more digits than it takes to read back as
/// the same double; empty where it is not finite.
[[nodiscard]] std::string text_of_number(double number);

/// The member of an object, or nullptr where `value` is no object or has none of that name.
[[nodiscard]] const Json* find_member(const Json& value, std::string_view name);

/// A member's text, or `otherwise` where it is absent or not a string.
[[nodiscard]] std::string member_text(const Json& value, std::string_view name,
                                      std::string_view otherwise = "");

}  // namespace studio
