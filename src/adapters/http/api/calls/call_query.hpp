#pragma once

#include <string>
#include <string_view>

#include "adapters/http/api/query_reader.hpp"
#include "ports/call_store.hpp"

namespace studio::adapters {

/// Which calls are meant: the query fields that lists and exports of calls share. What is wrong is
/// reported to the reader.
[[nodiscard]] CallFilter read_call_filter(QueryReader& reader);

/// Of a cursor's text.
inline constexpr std::size_t cursor_length_max = 200;

/// The place behind a call, as an opaque word for `cursor`.
[[nodiscard]] std::string write_cursor(const core::CallRecord& last);
/// Nothing for what write_cursor does not write.
[[nodiscard]] std::optional<CallPlace> read_cursor(std::string_view text);

}  // namespace studio::adapters
