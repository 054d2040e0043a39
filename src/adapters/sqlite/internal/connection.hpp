#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "ports/store_error.hpp"

namespace studio::adapters::sqlite {

/// An open database and its prepared statements, which are kept. One thread at a time.
class Connection {
public:
    /// The error is a sentence for whoever starts the program.
    [[nodiscard]] static Result<std::shared_ptr<Connection>, std::string> open(
        const std::string& path, milliseconds busy_timeout);

    explicit Connection(sqlite3* handle) : handle_(handle) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// Runs statements without results; several may follow one another.
    [[nodiscard]] Result<void, StoreError> execute(const char* sql);
    /// The kept statement for `sql`, a literal; nullptr where it cannot be prepared.
    [[nodiscard]] sqlite3_stmt* prepare(const char* sql);
    /// Rows changed by the last statement.
    [[nodiscard]] std::int64_t changes() const;
    /// The last trouble, in the library's words: no values of rows are in it.
    [[nodiscard]] std::string message() const;
    /// What the library's last result code means for a store's caller. Logs what is no row's fault.
    [[nodiscard]] StoreError store_error() const;

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };

    sqlite3* handle_;
    // Keyed by the literal's address: every statement is a literal of this folder.
    std::map<const char*, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

/// One run of a prepared statement; bindings follow the order in which $1, $2 … first appear.
class Query {
public:
    Query(Connection& connection, const char* sql);
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    ~Query();

    Query& bind(std::string_view text);
    Query& bind(std::int64_t number);
    Query& bind(bool truth) { return bind(std::int64_t{truth ? 1 : 0}); }
    Query& bind(WallTime time) { return bind(std::int64_t{time.time_since_epoch().count()}); }
    Query& bind(const std::optional<WallTime>& time);
    Query& bind(const Json& json) { return bind(std::string_view(serialize_json(json))); }
    Query& bind_null();

    /// Moves to the next row; false after the last.
    [[nodiscard]] Result<bool, StoreError> step();
    /// Runs a statement without rows to its end; how many rows it changed.
    [[nodiscard]] Result<std::int64_t, StoreError> run();

    /// Columns of the present row, from 0.
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::int64_t number(int column) const;
    [[nodiscard]] bool truth(int column) const { return number(column) != 0; }
    [[nodiscard]] WallTime time(int column) const { return WallTime{milliseconds{number(column)}}; }
    [[nodiscard]] std::optional<WallTime> optional_time(int column) const;
    [[nodiscard]] bool is_null(int column) const;
    /// corrupt where the column holds no JSON.
    [[nodiscard]] Result<Json, StoreError> json(int column) const;

private:
    Connection& connection_;
    sqlite3_stmt* statement_;
    int bound_ = 0;
    bool bad_ = false;
};

/// A transaction that rolls back unless it was committed.
class Transaction {
public:
    explicit Transaction(Connection& connection);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    /// Whether it began; otherwise nothing may be done in it.
    [[nodiscard]] bool ok() const { return open_; }
    [[nodiscard]] Result<void, StoreError> commit();

private:
    Connection& connection_;
    bool open_ = false;
};

}  // namespace studio::adapters::sqlite
