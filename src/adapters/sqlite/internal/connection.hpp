#pragma once

#include <sqlite3.h>

#include <map>
#include <memory>
#include <string>

#include "adapters/sql/sql_database.hpp"

namespace studio::adapters::sqlite {

/// An open database and its prepared statements, which are kept. One thread at a time.
class Connection final : public SqlConnection {
public:
    /// The error is a sentence for whoever starts the program.
    [[nodiscard]] static Result<std::shared_ptr<Connection>, std::string> open(
        const std::string& path, milliseconds busy_timeout);

    explicit Connection(sqlite3* handle) : handle_(handle) {}
    ~Connection() override;

    [[nodiscard]] Result<SqlOutcome, StoreError> execute(const char* sql,
                                                         std::span<const SqlValue> values) override;
    [[nodiscard]] Result<void, StoreError> execute_script(std::string_view sql) override;
    [[nodiscard]] std::string message() const override;

    /// Runs `work` between BEGIN and COMMIT, or ROLLBACK where it fails.
    [[nodiscard]] Result<void, StoreError> transact(SqlAccess access,
                                                    const SqlDatabase::Work& work);

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };

    // The kept statement for `sql`; nullptr where it cannot be prepared.
    sqlite3_stmt* prepare(const char* sql);
    [[nodiscard]] bool bind(sqlite3_stmt* statement, std::span<const SqlValue> values) const;
    // What the library's last result code means for a store's caller. Logs what is no row's fault.
    [[nodiscard]] StoreError store_error() const;

    sqlite3* handle_;
    // Keyed by the literal's address.
    std::map<const char*, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

/// The shared SQL in SQLite's own: `$1` becomes `?1`, and row locks go, as there is one writer.
[[nodiscard]] std::string translate(std::string_view sql);

}  // namespace studio::adapters::sqlite
