#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/interface.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"
#include "ports/store_error.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// What is bound to `$1`, `$2` …: NULL, a whole number (also a truth, as 0 or 1) or text.
using SqlValue = std::variant<std::monostate, std::int64_t, std::string>;

/// One row of a result, every column as its text. Columns count from 0.
class SqlRow {
public:
    explicit SqlRow(std::vector<std::optional<std::string>> cells) : cells_(std::move(cells)) {}

    [[nodiscard]] bool is_null(std::size_t column) const { return !cells_.at(column).has_value(); }
    /// Empty where NULL.
    [[nodiscard]] std::string text(std::size_t column) const;
    /// 0 where NULL or no number.
    [[nodiscard]] std::int64_t number(std::size_t column) const;
    [[nodiscard]] bool truth(std::size_t column) const;
    [[nodiscard]] WallTime time(std::size_t column) const;
    [[nodiscard]] std::optional<WallTime> optional_time(std::size_t column) const;
    /// corrupt where the column holds no JSON.
    [[nodiscard]] Result<Json, StoreError> json(std::size_t column) const;

private:
    std::vector<std::optional<std::string>> cells_;
};

/// What a statement brought.
struct SqlOutcome {
    std::vector<SqlRow> rows;
    /// Rows that were inserted, changed or erased.
    std::int64_t changed = 0;
};

/// A connection inside a transaction, given to whoever runs in SqlDatabase::run. On a thread of the
/// driver's pool.
///
/// SQL is written once, in what SQLite and PostgreSQL share. Parameters are `$1`, `$2` …, each
/// number used at least once. ` FOR UPDATE` and ` FOR UPDATE SKIP LOCKED` at the end of a SELECT
/// stand where another connection might write at the same time; a driver with one writer leaves
/// them out.
class SqlConnection : public Interface {
public:
    /// Runs one statement, a literal: drivers may keep it prepared by its address.
    [[nodiscard]] virtual Result<SqlOutcome, StoreError> execute(
        const char* sql, std::span<const SqlValue> values) = 0;
    /// Runs statements without parameters or results, one after another.
    [[nodiscard]] virtual Result<void, StoreError> execute_script(std::string_view sql) = 0;
    /// The last trouble in the driver's words, for whoever runs migrations. No values of rows.
    [[nodiscard]] virtual std::string message() const = 0;
};

/// Whether a transaction writes. Readers do not wait for each other.
enum class SqlAccess : std::uint8_t { read, write };

/// A database that runs functions in transactions. Any thread.
class SqlDatabase : public Interface {
public:
    using Work = std::function<Result<void, StoreError>(SqlConnection&)>;

    /// Runs `work` on a thread of the pool in one transaction: committed where it succeeds, rolled
    /// back where it fails. Resumes on `loop`, the awaiter's own. unavailable where no connection
    /// can be had, and where it broke: a write may then have been committed all the same.
    [[nodiscard]] virtual Task<Result<void, StoreError>> transact(runtime::Loop& loop,
                                                                  SqlAccess access, Work work) = 0;

    /// As transact, with the function's own result, which is a Result with StoreError.
    template <class Function>
    [[nodiscard]] auto run(runtime::Loop& loop, SqlAccess access, Function function)
        -> Task<std::invoke_result_t<Function&, SqlConnection&>> {
        std::optional<std::invoke_result_t<Function&, SqlConnection&>> outcome;
        // It lives in this frame, as does what it refers to, until the transaction is over.
        Work work = [&outcome, &function](SqlConnection& connection) -> Result<void, StoreError> {
            outcome.emplace(function(connection));
            if (!*outcome) {
                return fail(outcome->error());
            }
            return {};
        };
        const Result<void, StoreError> done = co_await transact(loop, access, std::move(work));
        if (!done) {
            co_return fail(done.error());
        }
        co_return std::move(*outcome);
    }
};

/// One run of a statement: `SqlQuery(connection, "… $1 …").bind(text).rows()`. Bindings follow the
/// order of the numbers.
class SqlQuery {
public:
    SqlQuery(SqlConnection& connection, const char* sql) : connection_(connection), sql_(sql) {}

    // Text is bound as plain text (base/utf8.hpp): what one database keeps, all keep.
    SqlQuery& bind(std::string_view text) { return add(to_plain_text(text)); }
    SqlQuery& bind(const char* text) { return add(to_plain_text(text)); }
    SqlQuery& bind(const std::string& text) { return add(to_plain_text(text)); }
    SqlQuery& bind(std::int64_t number) { return add(number); }
    SqlQuery& bind(bool truth) { return add(std::int64_t{truth ? 1 : 0}); }
    SqlQuery& bind(WallTime time) { return add(std::int64_t{time.time_since_epoch().count()}); }
    SqlQuery& bind(const std::optional<WallTime>& time) {
        return time ? bind(*time) : add(std::monostate{});
    }
    SqlQuery& bind(const Json& json) { return add(serialize_json(json)); }
    SqlQuery& bind_null() { return add(std::monostate{}); }

    [[nodiscard]] Result<std::vector<SqlRow>, StoreError> rows();
    /// The first row; not_found where there is none.
    [[nodiscard]] Result<SqlRow, StoreError> row();
    /// How many rows were changed.
    [[nodiscard]] Result<std::int64_t, StoreError> run();

private:
    SqlQuery& add(SqlValue value) {
        values_.push_back(std::move(value));
        return *this;
    }

    SqlConnection& connection_;
    const char* sql_;
    std::vector<SqlValue> values_;
};

}  // namespace studio::adapters
