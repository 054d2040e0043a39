#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/sql/sql_database.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "ports/store_error.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/serial_queue.hpp"

namespace studio::adapters {

namespace sqlite {
class Connection;
}

struct SqliteOptions {
    /// The database file, made where it does not exist; `:memory:` for a database without one.
    std::string path = "agent-studio.db";
    /// How long a statement waits for another process that writes. 0 to 60 s.
    milliseconds busy_timeout{5'000};
    /// Statements that may wait for the connection; beyond it stores answer `unavailable`.
    std::size_t queue_max = 4'096;
};

/// What is wrong with the options, one sentence each; empty where all is well.
[[nodiscard]] std::vector<std::string> validate(const SqliteOptions& options);

/// One SQLite database in write-ahead mode, for the stores of every loop. A single connection runs
/// on the blocking pool, one statement after another: SQLite has one writer anyway, and the media
/// loops never wait for a disk. A commit is on disk when its task resumes (synchronous=FULL), so a
/// crash loses nothing that was answered. Any thread; the pool outlives it.
class SqliteDatabase final : public SqlDatabase {
public:
    /// Opens the file and brings its schema up to date, blocking. The error is a sentence for
    /// whoever starts the program: no such folder, damaged file, a schema newer than this program.
    [[nodiscard]] static Result<std::unique_ptr<SqliteDatabase>, std::string> open(
        const SqliteOptions& options, runtime::BlockingPool& pool);

    SqliteDatabase(std::shared_ptr<sqlite::Connection> connection, runtime::BlockingPool& pool,
                   std::size_t queue_max);

    [[nodiscard]] Task<Result<void, StoreError>> transact(runtime::Loop& loop, SqlAccess access,
                                                          Work work) override;

private:
    std::shared_ptr<sqlite::Connection> connection_;
    runtime::SerialQueue queue_;
};

}  // namespace studio::adapters
