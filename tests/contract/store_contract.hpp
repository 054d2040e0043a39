#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>

#include "adapters/postgres/postgres_database.hpp"
#include "adapters/sql/sql_account_store.hpp"
#include "adapters/sql/sql_analytics_store.hpp"
#include "adapters/sql/sql_call_erasure.hpp"
#include "adapters/sql/sql_call_store.hpp"
#include "adapters/sql/sql_idempotency_store.hpp"
#include "adapters/sql/sql_outbox_store.hpp"
#include "adapters/sql/sql_resource_store.hpp"
#include "adapters/sql/sql_room_directory.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "runtime/task_scope.hpp"
#include "runtime/virtual_loop.hpp"
#include "support/servers/servers.hpp"
#include "support/stores/fake_account_store.hpp"
#include "support/stores/fake_call_store.hpp"
#include "support/stores/fake_idempotency_store.hpp"
#include "support/stores/fake_resource_store.hpp"

namespace studio {

/// The stores of one implementation, on a virtual loop.
class Stores {
public:
    virtual ~Stores() = default;
    virtual AccountStore& accounts() = 0;
    virtual ResourceStore& resources() = 0;
    virtual CallStore& calls() = 0;
    virtual CallRecovery& recovery() = 0;
    virtual OutboxStore& outbox() = 0;
    virtual IdempotencyStore& keys() = 0;
    /// Of the real implementations; the fake has none.
    virtual adapters::SqlDatabase* database() { return nullptr; }
    /// Of the real implementations; the fake has none.
    virtual RoomDirectory* rooms() { return nullptr; }
    virtual AnalyticsStore* analytics() { return nullptr; }
    virtual CallErasure* erasure() { return nullptr; }

    runtime::VirtualLoop loop;
};

class FakeStores final : public Stores {
public:
    AccountStore& accounts() override { return accounts_; }
    ResourceStore& resources() override { return resources_; }
    CallStore& calls() override { return calls_; }
    CallRecovery& recovery() override { return recovery_; }
    OutboxStore& outbox() override { return outbox_; }
    IdempotencyStore& keys() override { return keys_; }

private:
    testing::FakeIdempotencyStore keys_;
    testing::FakeAccountStore accounts_;
    testing::FakeResourceStore resources_;
    testing::FakeCallStore calls_;
    testing::FakeCallRecovery recovery_{calls_, &loop};
    testing::FakeOutboxStore outbox_{calls_, loop};
};

inline runtime::BlockingPool& inline_pool() {
    static runtime::BlockingPool pool({.name = "db", .threads = 0});
    return pool;
}

class SqlStores final : public Stores {
public:
    explicit SqlStores(std::unique_ptr<adapters::SqlDatabase> database)
        : database_(std::move(database)),
          accounts_(*database_, loop),
          resources_(*database_, loop),
          calls_(*database_, loop),
          recovery_(*database_, loop),
          outbox_(*database_, loop),
          keys_(*database_, loop),
          rooms_(*database_, loop),
          analytics_(*database_, loop),
          erasure_(*database_, loop) {}

    AccountStore& accounts() override { return accounts_; }
    ResourceStore& resources() override { return resources_; }
    CallStore& calls() override { return calls_; }
    CallRecovery& recovery() override { return recovery_; }
    OutboxStore& outbox() override { return outbox_; }
    IdempotencyStore& keys() override { return keys_; }
    adapters::SqlDatabase* database() override { return database_.get(); }
    RoomDirectory* rooms() override { return &rooms_; }
    AnalyticsStore* analytics() override { return &analytics_; }
    CallErasure* erasure() override { return &erasure_; }

private:
    std::unique_ptr<adapters::SqlDatabase> database_;
    adapters::SqlAccountStore accounts_;
    adapters::SqlResourceStore resources_;
    adapters::SqlCallStore calls_;
    adapters::SqlCallRecovery recovery_;
    adapters::SqlOutboxStore outbox_;
    adapters::SqlIdempotencyStore keys_;
    adapters::SqlRoomDirectory rooms_;
    adapters::SqlAnalyticsStore analytics_;
    adapters::SqlCallErasure erasure_;
};

inline std::unique_ptr<Stores> make_sqlite() {
    return std::make_unique<SqlStores>(
        *adapters::SqliteDatabase::open({.path = ":memory:"}, inline_pool()));
}

inline Task<> erase_all(adapters::SqlDatabase& database, runtime::Loop& loop, bool& is_erased) {
    const auto erase = [](adapters::SqlConnection& connection) {
        // Everything else goes with its tenant.
        return connection.execute("DELETE FROM tenants", {});
    };
    const auto erased = co_await database.run(loop, adapters::SqlAccess::write, erase);
    is_erased = erased.has_value();
}

inline std::unique_ptr<Stores> make_postgres(const char* variable) {
    adapters::PostgresOptions options;
    options.url = Secret<std::string>(testing::server_address(variable));
    static const auto migrated = adapters::PostgresDatabase::migrate(options);
    EXPECT_TRUE(migrated) << migrated.error();
    auto database = std::make_unique<adapters::PostgresDatabase>(options, inline_pool());
    runtime::VirtualLoop loop;
    runtime::TaskScope scope(loop);
    bool is_erased = false;
    scope.spawn(erase_all(*database, loop, is_erased));
    loop.run_for(seconds{1});
    EXPECT_TRUE(is_erased);
    return std::make_unique<SqlStores>(std::move(database));
}

struct Implementation {
    const char* name;
    std::function<std::unique_ptr<Stores>()> make;
};

template <class Value>
Task<> keep(Task<Value> task, std::optional<Value>& target) {
    target = co_await std::move(task);
}

class StoreContract : public ::testing::TestWithParam<Implementation> {
protected:
    StoreContract() : stores_(GetParam().make()) {
        for (const char* name : {"one", "two"}) {
            EXPECT_TRUE(run(stores_->accounts().create_tenant(
                {TenantId(name), name, "Tenant", WallTime{milliseconds{7}}})));
        }
    }

    template <class Value>
    Value run(Task<Value> task) {
        std::optional<Value> value;
        runtime::TaskScope scope(stores_->loop);
        scope.spawn(keep(std::move(task), value));
        stores_->loop.run_for(seconds{1});
        return std::move(*value);
    }

    static Resource resource(std::string name, std::string tenant = "one") {
        Resource made;
        made.id = tenant + "-" + name;
        made.tenant_id = TenantId(std::move(tenant));
        made.name = std::move(name);
        made.display_name = "Shown";
        made.description = "Takes 100% of orders_";
        made.config = JsonObject{{"prompt", JsonObject{{"system", "grüß \"dich\""}}}, {"n", 1.5}};
        made.created_at = made.updated_at = WallTime{milliseconds{1'700'000'000'123}};
        return made;
    }
    static core::CallRecord call(std::string id, int created_ms = 0) {
        core::CallRecord record;
        record.id = CallId(std::move(id));
        record.tenant_id = TenantId("one");
        record.agent_name = "waiter";
        record.created_at = WallTime{milliseconds{created_ms}};
        return record;
    }
    static TranscriptWrite lines(TenantId tenant, CallId id,
                                 std::vector<core::TranscriptEntry> entries,
                                 std::uint64_t fencing_token = 0, bool late = false) {
        return {std::move(tenant), std::move(id), fencing_token, std::move(entries), late};
    }
    static core::TranscriptEntry line(std::uint32_t sequence, std::string content) {
        core::TranscriptEntry entry;
        entry.sequence = sequence;
        entry.content = std::move(content);
        return entry;
    }
    std::string transcript(const char* id) {
        std::string text;
        const auto entries = run(stores_->calls().load_transcript(TenantId("one"), CallId(id)));
        for (const core::TranscriptEntry& entry : *entries) {
            text += std::to_string(entry.sequence) + '=' + entry.content + ' ';
        }
        return text;
    }
    static std::vector<std::string> ids(const Page<core::CallRecord>& page) {
        std::vector<std::string> list;
        for (const core::CallRecord& record : page.items) {
            list.push_back(record.id.text());
        }
        return list;
    }

    std::unique_ptr<Stores> stores_;
};

/// The suite runs on each of these.
/// The databases alone, without the fake.
inline auto database_implementations() {
    return ::testing::Values(
        Implementation{"Sqlite", make_sqlite},
        Implementation{"Postgres", [] { return make_postgres("STUDIO_TEST_DATABASE_URL"); }},
        Implementation{"PgBouncer", [] { return make_postgres("STUDIO_TEST_PGBOUNCER_URL"); }});
}

inline auto store_implementations() {
    return ::testing::Values(
        Implementation{"Fake",
                       []() -> std::unique_ptr<Stores> { return std::make_unique<FakeStores>(); }},
        Implementation{"Sqlite", make_sqlite},
        Implementation{"Postgres", [] { return make_postgres("STUDIO_TEST_DATABASE_URL"); }},
        Implementation{"PgBouncer", [] { return make_postgres("STUDIO_TEST_PGBOUNCER_URL"); }});
}

}  // namespace studio
