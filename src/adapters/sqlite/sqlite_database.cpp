#include "adapters/sqlite/sqlite_database.hpp"

#include "adapters/sql/sql_migrate.hpp"
#include "adapters/sqlite/internal/connection.hpp"

namespace studio::adapters {

std::vector<std::string> validate(const SqliteOptions& options) {
    std::vector<std::string> errors;
    if (options.path.empty()) {
        errors.emplace_back("database path is empty");
    }
    if (options.busy_timeout < milliseconds{0} || options.busy_timeout > seconds{60}) {
        errors.emplace_back("database busy timeout is not within 0 to 60 s");
    }
    if (options.queue_max == 0) {
        errors.emplace_back("database queue length is zero");
    }
    return errors;
}

Result<std::unique_ptr<SqliteDatabase>, std::string> SqliteDatabase::open(
    const SqliteOptions& options, runtime::BlockingPool& pool) {
    if (const auto errors = validate(options); !errors.empty()) {
        return fail(errors.front());
    }
    auto connection = sqlite::Connection::open(options.path, options.busy_timeout);
    if (!connection) {
        return fail(connection.error());
    }
    Result<void, std::string> migrated;
    const auto committed =
        (*connection)
            ->transact(SqlAccess::write,
                       [&migrated](SqlConnection& writer) -> Result<void, StoreError> {
                           migrated = apply_migrations(writer, sql_migrations());
                           if (!migrated) {
                               return fail(StoreError::corrupt);
                           }
                           return {};
                       });
    if (!migrated) {
        return fail("database '" + options.path + "': " + migrated.error());
    }
    if (!committed) {
        return fail("database '" + options.path + "': " + (*connection)->message());
    }
    return std::make_unique<SqliteDatabase>(std::move(*connection), pool, options.queue_max);
}

SqliteDatabase::SqliteDatabase(std::shared_ptr<sqlite::Connection> connection,
                               runtime::BlockingPool& pool, std::size_t queue_max)
    : connection_(std::move(connection)), queue_(pool, {.queue_max = queue_max}) {}

Task<Result<void, StoreError>> SqliteDatabase::transact(runtime::Loop& loop, SqlAccess access,
                                                        Work work) {
    // Owned by the frame: the connection must outlast the work also where this object goes first.
    const std::shared_ptr<sqlite::Connection> connection = connection_;
    const auto outcome = co_await queue_.run(
        loop, [&connection, &work, access] { return connection->transact(access, work); });
    if (!outcome) {
        co_return fail(StoreError::unavailable);
    }
    co_return *outcome;
}

}  // namespace studio::adapters
