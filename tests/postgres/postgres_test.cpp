#include "adapters/postgres/postgres_database.hpp"

#include <gtest/gtest.h>

#include <array>
#include <future>
#include <optional>
#include <string>

#include "adapters/sql/sql_account_store.hpp"
#include "adapters/sql/sql_call_store.hpp"
#include "adapters/sql/sql_migrate.hpp"
#include "adapters/sql/sql_outbox_store.hpp"
#include "base/metric.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/task_scope.hpp"
#include "runtime/virtual_loop.hpp"
#include "support/servers/servers.hpp"

namespace studio::adapters {
namespace {

template <class Value>
Task<> keep(Task<Value> task, std::optional<Value>& target) {
    target = co_await std::move(task);
}

/// A database whose functions run inside the call that asks for them, and its stores.
class Client {
public:
    explicit Client(PostgresOptions options, std::size_t threads = 0)
        : pool_({.name = "db", .threads = threads, .queue_max = 1}),
          database_(std::move(options), pool_) {}
    ~Client() { pool_.stop(); }

    template <class Value>
    Value wait(Task<Value> task) {
        std::optional<Value> value;
        runtime::TaskScope scope(loop_);
        scope.spawn(keep(std::move(task), value));
        loop_.run_for(seconds{1});
        return std::move(*value);
    }
    /// The first column of the first row.
    Result<std::string, StoreError> ask(const char* sql) {
        return wait(database_.run(loop_, SqlAccess::write,
                                  [sql](SqlConnection& c) -> Result<std::string, StoreError> {
                                      const auto row = SqlQuery(c, sql).row();
                                      if (!row) {
                                          return fail(row.error());
                                      }
                                      return row->text(0);
                                  }));
    }
    Result<void, StoreError> run_script(const char* sql) {
        return wait(database_.run(loop_, SqlAccess::write, [sql](SqlConnection& connection) {
            return connection.execute_script(sql);
        }));
    }

    runtime::VirtualLoop loop_;
    runtime::BlockingPool pool_;
    PostgresDatabase database_;
    SqlAccountStore accounts_{database_, loop_};
    SqlCallStore calls_{database_, loop_};
    SqlOutboxStore outbox_{database_, loop_};
};

PostgresOptions options_of(const char* variable) {
    PostgresOptions options;
    options.url = Secret<std::string>(testing::server_address(variable));
    options.connect_timeout = seconds{2};
    options.statement_timeout = milliseconds{500};
    options.reconnect_delay_min = milliseconds{1};
    options.reconnect_delay_max = milliseconds{1};
    return options;
}

class PostgresTest : public ::testing::TestWithParam<const char*> {
protected:
    PostgresTest() {
        EXPECT_TRUE(direct_.run_script("DROP SCHEMA public CASCADE; CREATE SCHEMA public"));
        EXPECT_TRUE(PostgresDatabase::migrate(options_));
        EXPECT_EQ(client_.wait(
                      client_.accounts_.create_tenant({TenantId("one"), "one", "One", WallTime{}})),
                  true);
    }

    static core::CallRecord call(std::string id) {
        core::CallRecord record;
        record.id = CallId(std::move(id));
        record.tenant_id = TenantId("one");
        return record;
    }
    /// Works again within a time that a person would wait; each try takes real time itself.
    bool comes_back() {
        for (int attempt = 0; attempt < 400; ++attempt) {
            if (client_.wait(client_.accounts_.ping())) {
                return true;
            }
            static_cast<void>(direct_.ask("SELECT pg_sleep(0.05)"));
        }
        return false;
    }

    PostgresOptions options_ = options_of(GetParam());
    Client direct_{options_of("STUDIO_TEST_DATABASE_URL")};
    Client client_{options_};
};

TEST_P(PostgresTest, EightMigrationsAtOnceMakeOneSchema) {
    ASSERT_TRUE(direct_.run_script("DROP SCHEMA public CASCADE; CREATE SCHEMA public"));
    std::array<Result<void, std::string>, 8> outcomes;
    runtime::BlockingPool pool({.name = "migrate", .threads = outcomes.size()});
    for (auto& outcome : outcomes) {
        ASSERT_TRUE(
            pool.try_submit([this, &outcome] { outcome = PostgresDatabase::migrate(options_); }));
    }
    pool.stop();
    for (const auto& outcome : outcomes) {
        EXPECT_TRUE(outcome) << outcome.error();
    }
    EXPECT_EQ(client_.ask("SELECT COUNT(*) FROM schema_migrations"),
              std::to_string(sql_migrations().size()));
    EXPECT_EQ(client_.wait(client_.accounts_.ping()), true);
}

TEST_P(PostgresTest, ANewerSchemaIsRefusedByMigrateAndServed) {
    ASSERT_TRUE(client_.run_script("INSERT INTO schema_migrations VALUES (999, 'x', 0)"));
    const auto migrated = PostgresDatabase::migrate(options_);
    ASSERT_FALSE(migrated);
    EXPECT_NE(migrated.error().find("newer"), std::string::npos) << migrated.error();
    EXPECT_EQ(client_.wait(client_.accounts_.ping()), true);
    ASSERT_TRUE(client_.run_script("DELETE FROM schema_migrations WHERE version > 1"));
    EXPECT_EQ(client_.wait(client_.accounts_.ping()), tl::unexpected(StoreError::unavailable));
}

TEST_P(PostgresTest, AKilledDatabaseIsUnavailableAndComesBackByItself) {
    ASSERT_EQ(client_.wait(client_.calls_.create(call("before"))), true);
    ASSERT_EQ(testing::control_server("kill postgres"), "ok");
    EXPECT_EQ(client_.wait(client_.accounts_.ping()), tl::unexpected(StoreError::unavailable));
    EXPECT_EQ(client_.wait(client_.calls_.create(call("during"))),
              tl::unexpected(StoreError::unavailable));
    ASSERT_EQ(testing::control_server("start postgres"), "ok");
    EXPECT_TRUE(comes_back());
    EXPECT_TRUE(client_.wait(client_.calls_.load(TenantId("one"), CallId("before"))));
    EXPECT_EQ(client_.wait(client_.calls_.create(call("after"))), true);
}

TEST_P(PostgresTest, ARestartBetweenTwoUsesIsNotNoticed) {
    if (std::string_view(GetParam()) == "STUDIO_TEST_PGBOUNCER_URL") {
        // The pooler tells its clients of the loss of a session that it had kept.
        ASSERT_EQ(testing::control_server("kill pgbouncer"), "ok");
        ASSERT_EQ(testing::control_server("start pgbouncer"), "ok");
    } else {
        ASSERT_EQ(testing::control_server("stop postgres"), "ok");
        ASSERT_EQ(testing::control_server("start postgres"), "ok");
    }
    EXPECT_EQ(client_.wait(client_.calls_.create(call("c"))), true);
}

TEST_P(PostgresTest, ASlowStatementEndsAtItsLimitAndTheNextOneWorks) {
    Counter& timeouts = metrics().counter("studio_database_errors_total", "", "kind=\"timeout\"");
    const std::uint64_t before = timeouts.value();
    EXPECT_EQ(client_.ask("SELECT pg_sleep(20)"), tl::unexpected(StoreError::unavailable));
    EXPECT_EQ(timeouts.value(), before + 1);
    EXPECT_EQ(client_.ask("SELECT 7"), "7");
    // The limit is the transaction's own, not the session's, which a pooler gives to others.
    EXPECT_EQ(client_.ask("SHOW statement_timeout"), "500ms");
    PostgresOptions other = options_;
    other.statement_timeout = milliseconds{60'000};
    Client patient(other);
    EXPECT_EQ(patient.ask("SHOW statement_timeout"), "1min");
    EXPECT_EQ(client_.ask("SHOW statement_timeout"), "500ms");
}

TEST_P(PostgresTest, AHostThatHangsHoldsNobodyUp) {
    ASSERT_EQ(client_.ask("SELECT 1"), "1");
    ASSERT_EQ(testing::control_server("pause postgres"), "ok");
    EXPECT_EQ(client_.ask("SELECT 1"), tl::unexpected(StoreError::unavailable));
    ASSERT_EQ(testing::control_server("resume postgres"), "ok");
    EXPECT_TRUE(comes_back());
}

TEST_P(PostgresTest, AFailedStatementKeepsTheConnection) {
    ASSERT_EQ(client_.wait(client_.calls_.create(call("c"))), true);
    const auto session = direct_.ask("SELECT pg_backend_pid()");
    Gauge& connections = metrics().gauge("studio_database_connections", "");
    const std::int64_t before = connections.value();
    EXPECT_EQ(client_.wait(client_.calls_.create(call("c"))), tl::unexpected(StoreError::conflict));
    EXPECT_EQ(client_.ask("SELECT nonsense"), tl::unexpected(StoreError::corrupt));
    core::CallRecord foreign = call("f");
    foreign.tenant_id = TenantId("nobody");
    EXPECT_EQ(client_.wait(client_.calls_.create(foreign)), tl::unexpected(StoreError::not_found));
    EXPECT_EQ(client_.wait(client_.calls_.create(call("d"))), true);
    EXPECT_EQ(connections.value(), before);
    EXPECT_FALSE(direct_.ask("SELECT nonsense"));
    EXPECT_EQ(direct_.ask("SELECT pg_backend_pid()"), session);
}

TEST_P(PostgresTest, ThePoolTellsHowManyConnectionsItMayOpen) {
    Gauge& most = metrics().gauge("studio_database_connections_max", "");
    const std::int64_t before = most.value();
    EXPECT_GE(before, metrics().gauge("studio_database_connections", "").value());
    runtime::BlockingPool pool({.name = "more", .threads = 3});
    {
        const PostgresDatabase more(PostgresOptions{}, pool);
        EXPECT_EQ(most.value(), before + 3);
    }
    EXPECT_EQ(most.value(), before);
    pool.stop();
}

TEST_P(PostgresTest, TakersOfEventsDoNotWaitForEachOther) {
    for (const char* id : {"a", "b", "c"}) {
        ASSERT_EQ(client_.wait(client_.calls_.create(call(id))), true);
    }
    // While another's transaction has locked one event, the rest can be taken.
    const auto taken = direct_.wait(direct_.database_.run(
        direct_.loop_, SqlAccess::write,
        [this](SqlConnection& other) -> Result<std::vector<OutboxEvent>, StoreError> {
            const auto locked =
                SqlQuery(other, "SELECT id FROM outbox WHERE call_id = 'a' FOR UPDATE").row();
            if (!locked) {
                return fail(locked.error());
            }
            return client_.wait(client_.outbox_.take(10, seconds{60}));
        }));
    ASSERT_TRUE(taken);
    ASSERT_EQ(taken->size(), 2U);
    EXPECT_EQ(taken->at(0).call_id, CallId("b"));
    EXPECT_EQ(client_.wait(client_.outbox_.take(10, seconds{60}))->size(), 1U);
}

TEST_P(PostgresTest, TextIsKeptAndNulReplaced) {
    ASSERT_EQ(client_.wait(client_.calls_.create(call("c"))), true);
    TranscriptWrite write;
    write.tenant_id = TenantId("one");
    write.call_id = CallId("c");
    core::TranscriptEntry entry;
    entry.content = std::string("a\0b'\"$1\\ grüß", 15);
    write.entries.push_back(entry);
    ASSERT_EQ(client_.wait(client_.calls_.append_transcript(write)), true);
    const auto loaded = client_.wait(client_.calls_.load_transcript(TenantId("one"), CallId("c")));
    EXPECT_EQ(loaded->at(0).content, "a\xEF\xBF\xBD" + entry.content.substr(2));
}

TEST_P(PostgresTest, BeyondItsQueueItIsUnavailable) {
    std::promise<void> begun;
    std::promise<void> release;
    auto released = release.get_future();
    Client busy(options_, 1);
    ASSERT_TRUE(busy.pool_.try_submit([&] {
        begun.set_value();
        released.wait();
    }));
    begun.get_future().wait();
    ASSERT_TRUE(busy.pool_.try_submit([] {}));
    EXPECT_EQ(busy.ask("SELECT 1"), tl::unexpected(StoreError::unavailable));
    release.set_value();
}

Task<void> run_one(PostgresDatabase& database, runtime::Loop& loop, const char* sql) {
    const auto work = [sql](SqlConnection& connection) -> Result<bool, StoreError> {
        return SqlQuery(connection, sql).row().map([](const SqlRow&) { return true; });
    };
    const auto done = co_await database.run(loop, SqlAccess::read, work);
    EXPECT_TRUE(done);
}

/// Four transactions at once, and after a while one: how many connections were open each time.
Task<void> burst(PostgresDatabase& database, runtime::AsioLoop& loop,
                 std::pair<std::int64_t, std::int64_t>& open) {
    const Gauge& gauge = metrics().gauge("studio_database_connections", "Open connections.");
    const std::int64_t others = gauge.value();
    {
        runtime::TaskScope scope(loop);
        for (int count = 0; count < 4; ++count) {
            scope.spawn(run_one(database, loop, "SELECT pg_sleep(0.3)"));
        }
        co_await scope.close();
    }
    open.first = gauge.value() - others;
    EXPECT_TRUE(co_await runtime::sleep_for(loop, milliseconds{500}));
    co_await run_one(database, loop, "SELECT 1");
    open.second = gauge.value() - others;
    loop.stop();
}

TEST_P(PostgresTest, ConnectionsThatABurstLeftAreGivenBack) {
    PostgresOptions options = options_;
    options.idle_max = milliseconds{200};
    options.statement_timeout = seconds{5};
    runtime::AsioLoop loop;
    runtime::BlockingPool pool({.name = "db", .threads = 4});
    std::pair<std::int64_t, std::int64_t> open;
    {
        PostgresDatabase database(options, pool);
        runtime::TaskScope scope(loop);
        loop.post([&] { scope.spawn(burst(database, loop, open)); });
        loop.run();
        pool.stop();
    }
    EXPECT_EQ(open.first, 4);
    EXPECT_EQ(open.second, 1);
}

/// Of the test's database, with another server first that is to be passed over.
PostgresOptions with_first_host(const std::string& host) {
    PostgresOptions options = options_of("STUDIO_TEST_DATABASE_URL");
    std::string url = options.url.reveal();
    url.insert(url.find('@') + 1, host + ',');
    options.url = Secret<std::string>(url + "?target_session_attrs=read-write");
    return options;
}

TEST(PostgresFailover, TheHostThatWritesIsFound) {
    const PostgresOptions options = with_first_host("127.0.0.1:1");
    EXPECT_TRUE(validate(options).empty());
    EXPECT_EQ(Client(options).ask("SHOW transaction_read_only"), "off");
}

TEST(PostgresFailover, AHostThatHangsCostsTwoSecondsAndNotTheWholePatience) {
    // The kernel accepts, and nobody ever answers.
    const int silent = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(silent, reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(silent, 8), 0);
    ASSERT_EQ(::getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size), 0);
    PostgresOptions options =
        with_first_host("127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
    options.connect_timeout = seconds{20};
    Client clock(options_of("STUDIO_TEST_DATABASE_URL"));
    const char* const seconds_now = "SELECT extract(epoch FROM clock_timestamp())::bigint";
    const std::string before = clock.ask(seconds_now).value();
    EXPECT_EQ(Client(options).ask("SELECT 'there'"), "there");
    EXPECT_LT(std::stoll(clock.ask(seconds_now).value()) - std::stoll(before), 6);
    ::close(silent);
}

TEST(PostgresFailover, AConnectionThatOnlyReadsIsGivenUp) {
    const PostgresOptions options = options_of("STUDIO_TEST_DATABASE_URL");
    Client direct(options);
    ASSERT_TRUE(direct.run_script("CREATE TABLE failover (number INT)"));
    // What a session was told at its beginning holds for it alone, as for one that was left on a
    // server that is a standby by now.
    ASSERT_TRUE(direct.run_script("ALTER DATABASE studio SET default_transaction_read_only = on"));
    Client client(options);
    EXPECT_EQ(client.run_script("INSERT INTO failover VALUES (1)"),
              tl::unexpected(StoreError::unavailable));
    ASSERT_TRUE(direct.run_script("ALTER DATABASE studio RESET default_transaction_read_only"));
    EXPECT_TRUE(client.run_script("INSERT INTO failover VALUES (1)"));
    EXPECT_TRUE(direct.run_script("DROP TABLE failover"));
}

TEST(PostgresUrl, NoPieceOfAPasswordIsShown) {
    for (const char* url :
         {"postgresql://u:s3c@cr3t@db/x", "postgresql://u:s3c/cr3t@db/x",
          "postgresql://u:s3c:cr3t/@db/x", "postgresql://u:s3c%cr3t@db/x",
          "postgresql://u:s3c@cr3t/x@db/x", "postgresql://u:s3cr3t", "postgresql://u:12/cr3t@db/x",
          "postgresql://u:s3c[cr3t@x@db/x", "postgresql://db/x?passwort=cr3t"}) {
        PostgresOptions options;
        options.url = Secret<std::string>(url);
        const auto errors = validate(options);
        ASSERT_EQ(errors.size(), 1U) << url;
        EXPECT_EQ(errors.front().find("s3c"), std::string::npos) << errors.front();
        EXPECT_EQ(errors.front().find("cr3t"), std::string::npos) << errors.front();
        const auto migrated = PostgresDatabase::migrate(options);
        ASSERT_FALSE(migrated);
        EXPECT_EQ(migrated.error().find("cr3t"), std::string::npos) << migrated.error();
    }
    for (const char* url :
         {"postgresql://u:s3%40cr3t@db:5432/x", "postgres://u:s3!$&'()*+,;=cr3t@db/x",
          "postgresql:///x?host=/tmp&user=u", "postgresql://u:p@a:1,b:2/x?sslmode=require",
          "postgresql://u@[::1]:5432/x", "postgresql://u:s3#cr:3t@db/x",
          "postgresql://u:s3?cr3t@db/x"}) {
        PostgresOptions options;
        options.url = Secret<std::string>(url);
        EXPECT_TRUE(validate(options).empty()) << url;
    }
}

INSTANTIATE_TEST_SUITE_P(Servers, PostgresTest,
                         ::testing::Values("STUDIO_TEST_DATABASE_URL", "STUDIO_TEST_PGBOUNCER_URL"),
                         [](const auto& tested) {
                             return std::string_view(tested.param).ends_with("BOUNCER_URL")
                                        ? "PgBouncer"
                                        : "Direct";
                         });

TEST(PostgresOptionsTest, AreChecked) {
    PostgresOptions options;
    options.url = Secret<std::string>("mysql://secret@host");
    options.connect_timeout = seconds{1};
    options.statement_timeout = milliseconds{1};
    options.wait_max = seconds{3'600};
    const auto errors = validate(options);
    EXPECT_EQ(errors.size(), 4U);
    for (const std::string& error : errors) {
        EXPECT_EQ(error.find("secret"), std::string::npos);
    }
    EXPECT_FALSE(PostgresDatabase::migrate(options));
}

}  // namespace
}  // namespace studio::adapters
