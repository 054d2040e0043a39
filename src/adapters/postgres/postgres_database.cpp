#include "adapters/postgres/postgres_database.hpp"

#include <utility>

#include "adapters/postgres/internal/connection.hpp"
#include "adapters/postgres/internal/url_check.hpp"
#include "adapters/sql/sql_migrate.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"
#include "runtime/free_list.hpp"
#include "runtime/retry_gate.hpp"

namespace studio::adapters {

namespace {

using postgres::Connection;
using postgres::Trouble;

// Any number, the same in every process: the letters "AgentStu".
constexpr const char* lock_for_migrations = "SELECT pg_advisory_xact_lock(4712335923741389941)";
// Migrations may rewrite tables.
constexpr milliseconds migration_timeout{300'000};

Instant read_clock() {
    return Instant(std::chrono::steady_clock::now().time_since_epoch());
}

double seconds_of(nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

Counter& error_counter(const char* kind) {
    return metrics().counter("studio_database_errors_total",
                             "Transactions that the database did not carry out, by what was wrong.",
                             std::string("kind=\"") + kind + '"');
}

}  // namespace

std::vector<std::string> validate(const PostgresOptions& options) {
    std::vector<std::string> errors;
    const std::string& url = options.url.reveal();
    if (const std::string wrong = postgres::check_url(url); !wrong.empty()) {
        errors.push_back(wrong);
    }
    if (options.connect_timeout < seconds{2} || options.connect_timeout > seconds{60}) {
        errors.emplace_back("database connect timeout is not within 2 to 60 s");
    }
    for (const auto& [name, value] : {std::pair("statement timeout", options.statement_timeout),
                                      std::pair("wait for a connection", options.wait_max)}) {
        if (value < milliseconds{100} || value > seconds{300}) {
            errors.emplace_back(std::string("database ") + name + " is not within 100 ms to 5 min");
        }
    }
    return errors;
}

struct PostgresDatabase::State {
    State(PostgresOptions database_options, runtime::BlockingPool& database_pool)
        : options(std::move(database_options)),
          pool(database_pool),
          outage(options.reconnect_delay_min, options.reconnect_delay_max) {}

    std::unique_ptr<Connection> take();
    std::unique_ptr<Connection> connect();
    void put_back(std::unique_ptr<Connection> connection);
    /// A connection on which a transaction has begun; null where there is none to be had.
    std::unique_ptr<Connection> begin(SqlAccess access);
    Result<void, StoreError> transact(SqlAccess access, const Work& work, Instant asked_at);
    void count(Trouble trouble);

    PostgresOptions options;
    runtime::BlockingPool& pool;
    runtime::RetryGate outage;
    runtime::FreeList<Connection> idle;
    Gauge& connections = metrics().gauge("studio_database_connections", "Open connections.");
    Gauge& connections_max =
        metrics().gauge("studio_database_connections_max", "Connections that may be open.");
    Gauge& used = metrics().gauge("studio_database_connections_used",
                                  "Connections on which a transaction runs.");
    Histogram& wait = metrics().histogram("studio_database_wait_seconds",
                                          "From asking for a connection to having one.",
                                          latency_bounds_seconds());
    Histogram& duration = metrics().histogram("studio_database_transaction_seconds",
                                              "From BEGIN to the end of COMMIT or ROLLBACK.",
                                              latency_bounds_seconds());
    Counter& connect_errors = error_counter("connect");
    Counter& lost = error_counter("lost");
    Counter& timeouts = error_counter("timeout");
    Counter& late = error_counter("late");
    Counter& refused = error_counter("refused");
};

std::unique_ptr<Connection> PostgresDatabase::State::connect() {
    if (!outage.may_try(read_clock())) {
        return nullptr;
    }
    std::string reason;
    std::unique_ptr<Connection> connection = Connection::open(options, reason);
    if (connection == nullptr) {
        connect_errors.add();
        const milliseconds delay = outage.note_failure(read_clock());
        STUDIO_LOG(warning, "database_not_reached", {"why", reason}, {"retry_ms", delay.count()});
        return nullptr;
    }
    outage.note_success();
    connections.add(1);
    return connection;
}

void PostgresDatabase::State::put_back(std::unique_ptr<Connection> connection) {
    const Instant now = read_clock();
    if (connection->is_usable()) {
        connection->set_idle_since(now);
        idle.put(std::move(connection));
    } else {
        connections.add(-1);
    }
    while (const auto old = idle.take_oldest_if([this, now](const Connection& each) {
        return now - each.idle_since() > options.idle_max;
    })) {
        connections.add(-1);
    }
}

std::unique_ptr<Connection> PostgresDatabase::State::begin(SqlAccess access) {
    // Each one that waited may have been cut meanwhile, which only its use shows; nothing of the
    // work has been done then, so the next one may be tried.
    while (std::unique_ptr<Connection> connection = idle.take()) {
        if (connection->begin(access)) {
            return connection;
        }
        count(connection->last_trouble());
        const bool hangs = connection->last_trouble() == Trouble::timeout;
        connections.add(-1);
        if (hangs) {
            return nullptr;
        }
    }
    std::unique_ptr<Connection> connection = connect();
    if (connection != nullptr && !connection->begin(access)) {
        count(connection->last_trouble());
        connections.add(-1);
        return nullptr;
    }
    return connection;
}

void PostgresDatabase::State::count(Trouble trouble) {
    switch (trouble) {
        case Trouble::none:
            return;
        case Trouble::lost:
            lost.add();
            return;
        case Trouble::timeout:
            timeouts.add();
            return;
        case Trouble::refused:
            refused.add();
            return;
    }
}

Result<void, StoreError> PostgresDatabase::State::transact(SqlAccess access, const Work& work,
                                                           Instant asked_at) {
    if (read_clock() - asked_at > options.wait_max) {
        late.add();
        return fail(StoreError::unavailable);
    }
    std::unique_ptr<Connection> connection = begin(access);
    if (connection == nullptr) {
        return fail(StoreError::unavailable);
    }
    const Instant begun_at = read_clock();
    wait.observe(seconds_of(begun_at - asked_at));
    used.add(1);
    auto done = work(*connection);
    if (done) {
        done = connection->commit();
    }
    if (!done) {
        count(connection->last_trouble());
        connection->roll_back();
    }
    used.add(-1);
    duration.observe(seconds_of(read_clock() - begun_at));
    put_back(std::move(connection));
    return done;
}

PostgresDatabase::PostgresDatabase(PostgresOptions options, runtime::BlockingPool& pool)
    : state_(std::make_unique<State>(std::move(options), pool)) {
    state_->connections_max.add(static_cast<std::int64_t>(pool.width()));
}

PostgresDatabase::~PostgresDatabase() {
    state_->connections_max.add(-static_cast<std::int64_t>(state_->pool.width()));
    for (const auto& connection : state_->idle.take_all()) {
        static_cast<void>(connection);
        state_->connections.add(-1);
    }
}

Task<Result<void, StoreError>> PostgresDatabase::transact(runtime::Loop& loop, SqlAccess access,
                                                          Work work) {
    State& state = *state_;
    const Instant asked_at = read_clock();
    const auto outcome = co_await state.pool.run(
        loop, [&state, &work, access, asked_at] { return state.transact(access, work, asked_at); });
    if (!outcome) {
        co_return fail(StoreError::unavailable);
    }
    co_return *outcome;
}

std::string PostgresDatabase::find_trouble(const PostgresOptions& options) {
    std::string reason;
    const auto connection = Connection::open(options, reason);
    return connection == nullptr ? "the database cannot be reached: " + reason : std::string();
}

Result<void, std::string> PostgresDatabase::migrate(const PostgresOptions& options) {
    if (const auto errors = validate(options); !errors.empty()) {
        return fail(errors.front());
    }
    PostgresOptions patient = options;
    patient.statement_timeout = migration_timeout;
    std::string reason;
    const auto connection = Connection::open(patient, reason);
    if (connection == nullptr) {
        return fail("the database cannot be reached: " + reason);
    }
    // Released at the end of the transaction, whatever that is.
    if (!connection->begin(SqlAccess::write) || !connection->execute(lock_for_migrations, {})) {
        return fail("the database cannot be locked: " + connection->message());
    }
    if (auto applied = apply_migrations(*connection, sql_migrations()); !applied) {
        connection->roll_back();
        return applied;
    }
    if (!connection->commit()) {
        return fail("the migrations cannot be committed: " + connection->message());
    }
    return {};
}

}  // namespace studio::adapters
