#include "adapters/sql/sql_database.hpp"

#include <charconv>

#include "base/log.hpp"

namespace studio::adapters {

std::string SqlRow::text(std::size_t column) const {
    return cells_.at(column).value_or(std::string());
}

std::int64_t SqlRow::number(std::size_t column) const {
    const auto& cell = cells_.at(column);
    std::int64_t number = 0;
    if (cell) {
        std::from_chars(cell->data(), cell->data() + cell->size(), number);
    }
    return number;
}

bool SqlRow::truth(std::size_t column) const {
    // SQLite keeps truths as numbers, PostgreSQL prints `t` and `f`.
    const auto& cell = cells_.at(column);
    return cell == "1" || cell == "t";
}

WallTime SqlRow::time(std::size_t column) const {
    return WallTime{milliseconds{number(column)}};
}

std::optional<WallTime> SqlRow::optional_time(std::size_t column) const {
    return is_null(column) ? std::nullopt : std::optional(time(column));
}

Result<Json, StoreError> SqlRow::json(std::size_t column) const {
    auto parsed = parse_json(text(column), json_as_stored);
    if (!parsed) {
        STUDIO_LOG(error, "sql_corrupt_json", {"column", column});
        return fail(StoreError::corrupt);
    }
    return std::move(*parsed);
}

Result<std::vector<SqlRow>, StoreError> SqlQuery::rows() {
    auto outcome = connection_.execute(sql_, values_);
    if (!outcome) {
        return fail(outcome.error());
    }
    return std::move(outcome->rows);
}

Result<SqlRow, StoreError> SqlQuery::row() {
    auto all = rows();
    if (!all) {
        return fail(all.error());
    }
    if (all->empty()) {
        return fail(StoreError::not_found);
    }
    return std::move(all->front());
}

Result<std::int64_t, StoreError> SqlQuery::run() {
    const auto outcome = connection_.execute(sql_, values_);
    if (!outcome) {
        return fail(outcome.error());
    }
    return outcome->changed;
}

}  // namespace studio::adapters
