#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace studio::adapters {

/// How a table is sent: as CSV (RFC 4180, with a line of names), or one JSON object a line.
enum class TableFormat : std::uint8_t { csv, jsonl };

/// The Content-Type of a table.
[[nodiscard]] std::string_view content_type_of(TableFormat format);

/// One cell of CSV. What a spreadsheet would take for a formula (a text that begins with `=`, `+`,
/// `-`, `@`, a tabulator or a line break; OWASP, "CSV Injection") gets an apostrophe before it, so
/// that no cell that a caller had a hand in is ever computed. Numbers stay as they are, null is
/// empty, other values are written as JSON.
[[nodiscard]] std::string csv_cell(const Json& value);

/// The line of names, which may be put together from constants.
[[nodiscard]] std::string csv_head(const std::vector<std::string_view>& columns);

/// One row, with its line end: of CSV the members of these names in their order.
[[nodiscard]] std::string table_row(TableFormat format, const JsonObject& row,
                                    const std::vector<std::string_view>& columns);

}  // namespace studio::adapters
