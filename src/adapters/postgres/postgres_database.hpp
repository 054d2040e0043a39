#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/sql/sql_database.hpp"
#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "base/time.hpp"
#include "runtime/blocking_pool.hpp"

namespace studio::adapters {

struct PostgresOptions {
    /// postgresql://user:password@host:port[,host:port…]/database?sslmode=…, as libpq reads it: of
    /// several hosts the first that answers and fits `target_session_attrs`.
    Secret<std::string> url;
    /// Whole seconds, 2 to 60: how long a connection may take to come about. At most 2 for each
    /// host where there are several, since one that vanished costs every new connection that time.
    seconds connect_timeout{5};
    /// 100 ms to 5 min, for each statement: the server gives up then, and we soon after, so that a
    /// host that hangs holds nobody up.
    milliseconds statement_timeout{5'000};
    /// 100 ms to 5 min: what has waited longer for a connection is not run at all.
    milliseconds wait_max{10'000};
    /// Between tries to connect while that fails, doubling from one to the other, for all threads
    /// together; what is asked for meanwhile is `unavailable` at once.
    milliseconds reconnect_delay_min{50};
    milliseconds reconnect_delay_max{1'000};
    /// What was not used for so long is closed, so that after a burst others get in. Looked at
    /// whenever a transaction ends.
    milliseconds idle_max{30'000};
};

/// What is wrong with the options, one sentence each; empty where all is well. The URL's content is
/// never part of a sentence: where its password has characters that should have been written as
/// %XX, nobody knows where the secret ends.
[[nodiscard]] std::vector<std::string> validate(const PostgresOptions& options);

/// A PostgreSQL database for the stores of every loop, also behind pgbouncer in transaction mode:
/// it keeps no state in sessions and prepares no named statements. Each function runs on a thread
/// of the pool with a connection of its own, so there are as many connections as threads: give it a
/// pool that nothing else uses, whose `queue_max` bounds the waiting ones. Connections come about
/// when they are needed and go when nobody needs them for a while; one that broke is replaced at
/// the next use, and a function that had not begun then runs on the new one; one whose server takes
/// no writes any more counts as broken. Any thread; the pool outlives it.
///
/// Metrics: studio_database_connections, studio_database_connections_max,
/// studio_database_connections_used, studio_database_wait_seconds,
/// studio_database_transaction_seconds,
/// studio_database_errors_total{kind="connect|lost|timeout|late|refused"}.
class PostgresDatabase final : public SqlDatabase {
public:
    /// Does not connect: a database that is away is a matter of readiness (AccountStore::ping).
    PostgresDatabase(PostgresOptions options, runtime::BlockingPool& pool);
    ~PostgresDatabase() override;

    [[nodiscard]] Task<Result<void, StoreError>> transact(runtime::Loop& loop, SqlAccess access,
                                                          Work work) override;

    /// Brings the schema up to date, blocking, all or nothing. Safe where several processes do so
    /// at once: one does, the others wait and find it done. The error is a sentence for whoever
    /// runs the program; a schema newer than this program is refused.
    [[nodiscard]] static Result<void, std::string> migrate(const PostgresOptions& options);
    /// Why no connection can be had, blocking, in a sentence without the password; empty where one
    /// can. Precondition: the options are valid.
    [[nodiscard]] static std::string find_trouble(const PostgresOptions& options);

private:
    struct State;

    std::unique_ptr<State> state_;
};

}  // namespace studio::adapters
