#include "adapters/http/api/table_text.hpp"

#include <algorithm>

namespace studio::adapters {

namespace {

constexpr std::string_view line_end = "\r\n";

std::string quoted(std::string text) {
    if (text.find_first_of("\",\r\n") == std::string::npos) {
        return text;
    }
    std::string cell = "\"";
    for (const char letter : text) {
        cell += letter;
        if (letter == '"') {
            cell += letter;
        }
    }
    return cell + '"';
}

std::string harmless(std::string text) {
    const bool is_formula =
        !text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) != std::string::npos;
    return is_formula ? '\'' + std::move(text) : text;
}

}  // namespace

std::string_view content_type_of(TableFormat format) {
    return format == TableFormat::csv ? "text/csv; charset=utf-8" : "application/jsonl";
}

std::string csv_cell(const Json& value) {
    if (value.is_null()) {
        return {};
    }
    if (value.is_string()) {
        return quoted(harmless(std::string(value.get_string())));
    }
    return quoted(serialize_json(value));
}

std::string csv_head(const std::vector<std::string_view>& columns) {
    std::string line;
    for (const std::string_view column : columns) {
        line += (line.empty() ? "" : ",") + std::string(column);
    }
    return line + std::string(line_end);
}

std::string table_row(TableFormat format, const JsonObject& row,
                      const std::vector<std::string_view>& columns) {
    if (format == TableFormat::jsonl) {
        return serialize_json(row) + '\n';
    }
    std::string line;
    bool is_first = true;
    for (const std::string_view column : columns) {
        const Json* value = row.if_contains({column.data(), column.size()});
        line += std::string(is_first ? "" : ",") + (value == nullptr ? "" : csv_cell(*value));
        is_first = false;
    }
    return line + std::string(line_end);
}

}  // namespace studio::adapters
