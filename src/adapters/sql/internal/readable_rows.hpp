#pragma once

#include <string>
#include <vector>

#include "adapters/sql/sql_database.hpp"

namespace studio::adapters {

/// What could be read of a result, and the first columns of the rows that could not.
template <class Item>
struct ReadableRows {
    std::vector<Item> items;
    std::vector<std::string> unreadable;
};

/// Counts a row that cannot be read and writes it to the log. `table`: a name of the schema; `row`:
/// what finds it there, an id or number.
void report_unreadable(const char* table, const std::string& row);

/// Reads each row by `read`, which returns a Result with StoreError. One bad row must not fail a
/// page, a sweep or a start: it is passed over and reported.
template <class Item, class Read>
[[nodiscard]] ReadableRows<Item> read_rows(const char* table, const std::vector<SqlRow>& rows,
                                           Read read) {
    ReadableRows<Item> readable;
    for (const SqlRow& row : rows) {
        if (auto item = read(row)) {
            readable.items.push_back(std::move(*item));
        } else {
            report_unreadable(table, row.text(0));
            readable.unreadable.push_back(row.text(0));
        }
    }
    return readable;
}

}  // namespace studio::adapters
