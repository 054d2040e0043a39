#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>

#include "adapters/postgres/postgres_database.hpp"
#include "adapters/sql/sql_account_store.hpp"
#include "adapters/sql/sql_call_store.hpp"
#include "adapters/sql/sql_outbox_store.hpp"
#include "adapters/sql/sql_resource_store.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "runtime/task_scope.hpp"
#include "runtime/virtual_loop.hpp"
#include "support/servers/servers.hpp"
#include "support/stores/fake_account_store.hpp"
#include "support/stores/fake_call_store.hpp"
#include "support/stores/fake_resource_store.hpp"

namespace studio {
namespace {

/// The stores of one implementation, on a virtual loop.
class Stores {
public:
    virtual ~Stores() = default;
    virtual AccountStore& accounts() = 0;
    virtual ResourceStore& resources() = 0;
    virtual CallStore& calls() = 0;
    virtual CallRecovery& recovery() = 0;
    virtual OutboxStore& outbox() = 0;

    runtime::VirtualLoop loop;
};

class FakeStores final : public Stores {
public:
    AccountStore& accounts() override { return accounts_; }
    ResourceStore& resources() override { return resources_; }
    CallStore& calls() override { return calls_; }
    CallRecovery& recovery() override { return recovery_; }
    OutboxStore& outbox() override { return outbox_; }

private:
    testing::FakeAccountStore accounts_;
    testing::FakeResourceStore resources_;
    testing::FakeCallStore calls_;
    testing::FakeCallRecovery recovery_{calls_};
    testing::FakeOutboxStore outbox_{calls_, loop};
};

runtime::BlockingPool& inline_pool() {
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
          outbox_(*database_, loop) {}

    AccountStore& accounts() override { return accounts_; }
    ResourceStore& resources() override { return resources_; }
    CallStore& calls() override { return calls_; }
    CallRecovery& recovery() override { return recovery_; }
    OutboxStore& outbox() override { return outbox_; }

private:
    std::unique_ptr<adapters::SqlDatabase> database_;
    adapters::SqlAccountStore accounts_;
    adapters::SqlResourceStore resources_;
    adapters::SqlCallStore calls_;
    adapters::SqlCallRecovery recovery_;
    adapters::SqlOutboxStore outbox_;
};

std::unique_ptr<Stores> make_sqlite() {
    return std::make_unique<SqlStores>(
        *adapters::SqliteDatabase::open({.path = ":memory:"}, inline_pool()));
}

Task<> erase_all(adapters::SqlDatabase& database, runtime::Loop& loop, bool& is_erased) {
    const auto erase = [](adapters::SqlConnection& connection) {
        // Everything else goes with its tenant.
        return connection.execute("DELETE FROM tenants", {});
    };
    const auto erased = co_await database.run(loop, adapters::SqlAccess::write, erase);
    is_erased = erased.has_value();
}

std::unique_ptr<Stores> make_postgres(const char* variable) {
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

using Ids = std::vector<std::string>;
constexpr auto agent = ResourceKind::agent;
constexpr auto tool = ResourceKind::tool;
const TenantId one("one");
const TenantId two("two");

TEST_P(StoreContract, TenantsAreFoundBySlugAndSlugsAreUnique) {
    const auto tenant = run(stores_->accounts().load_tenant("one"));
    ASSERT_TRUE(tenant);
    EXPECT_EQ(tenant->id, one);
    EXPECT_EQ(tenant->name, "Tenant");
    EXPECT_EQ(tenant->created_at, WallTime{milliseconds{7}});
    EXPECT_EQ(run(stores_->accounts().load_tenant("none")), tl::unexpected(StoreError::not_found));
    EXPECT_EQ(run(stores_->accounts().create_tenant({TenantId("x"), "one", "", WallTime{}})),
              tl::unexpected(StoreError::conflict));
    EXPECT_EQ(run(stores_->accounts().ping()), true);
}

TEST_P(StoreContract, ApiKeysAreFoundByDigest) {
    const ApiKey key{ApiKeyId("k"),
                     one,
                     "name",
                     "abc",
                     "as_live_x",
                     {"*", "calls:read"},
                     WallTime{milliseconds{9}}};
    EXPECT_EQ(run(stores_->accounts().create_api_key(key)), true);
    const auto loaded = run(stores_->accounts().load_api_key("abc"));
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->id, key.id);
    EXPECT_EQ(loaded->tenant_id, one);
    EXPECT_EQ(loaded->scopes, key.scopes);
    EXPECT_EQ(loaded->prefix, key.prefix);
    EXPECT_EQ(loaded->created_at, key.created_at);
    EXPECT_EQ(run(stores_->accounts().load_api_key("ABC")), tl::unexpected(StoreError::not_found));
    ApiKey same_digest = key;
    same_digest.id = ApiKeyId("other");
    EXPECT_EQ(run(stores_->accounts().create_api_key(same_digest)),
              tl::unexpected(StoreError::conflict));
    ApiKey same_id = key;
    same_id.digest = "def";
    EXPECT_EQ(run(stores_->accounts().create_api_key(same_id)),
              tl::unexpected(StoreError::conflict));
}

TEST_P(StoreContract, ResourcesComeBackAsTheyWereWritten) {
    const Resource written = resource("waiter");
    ASSERT_EQ(run(stores_->resources().create(agent, written)), true);
    const auto loaded = run(stores_->resources().load(agent, one, "waiter"));
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->id, written.id);
    EXPECT_EQ(loaded->display_name, written.display_name);
    EXPECT_EQ(loaded->description, written.description);
    EXPECT_EQ(loaded->config, written.config);
    EXPECT_TRUE(loaded->is_active);
    EXPECT_EQ(loaded->created_at, written.created_at);
}

TEST_P(StoreContract, KindsAndTenantsHaveNamesOfTheirOwn) {
    ASSERT_EQ(run(stores_->resources().create(agent, resource("a"))), true);
    ASSERT_EQ(run(stores_->resources().create(tool, resource("a"))), true);
    ASSERT_EQ(run(stores_->resources().create(agent, resource("a", "two"))), true);
    EXPECT_EQ(run(stores_->resources().create(agent, resource("a"))),
              tl::unexpected(StoreError::conflict));
    EXPECT_EQ(run(stores_->resources().erase(agent, one, "a")), true);
    EXPECT_EQ(run(stores_->resources().erase(agent, one, "a")),
              tl::unexpected(StoreError::not_found));
    EXPECT_FALSE(run(stores_->resources().load(agent, one, "a")));
    EXPECT_TRUE(run(stores_->resources().load(tool, one, "a")));
    EXPECT_TRUE(run(stores_->resources().load(agent, two, "a")));
}

TEST_P(StoreContract, SavingChangesTheRowOfTheSameIdOnly) {
    ASSERT_EQ(run(stores_->resources().create(agent, resource("a"))), true);
    ASSERT_EQ(run(stores_->resources().create(agent, resource("b"))), true);
    Resource changed = resource("a");
    changed.name = "c";
    changed.is_active = false;
    EXPECT_EQ(run(stores_->resources().save(agent, changed)), true);
    EXPECT_FALSE(run(stores_->resources().load(agent, one, "a")));
    const auto loaded = run(stores_->resources().load(agent, one, "c"));
    ASSERT_TRUE(loaded);
    EXPECT_FALSE(loaded->is_active);
    changed.name = "b";
    EXPECT_EQ(run(stores_->resources().save(agent, changed)), tl::unexpected(StoreError::conflict));
    changed.name = "d";
    changed.tenant_id = two;
    EXPECT_EQ(run(stores_->resources().save(agent, changed)),
              tl::unexpected(StoreError::not_found));
}

TEST_P(StoreContract, ResourcesAreListedByNameFilteredAndPaged) {
    for (const char* name : {"delta", "alpha", "charlie", "bravo"}) {
        Resource made = resource(name);
        made.is_active = made.name != "bravo";
        ASSERT_EQ(run(stores_->resources().create(agent, made)), true);
    }
    ASSERT_EQ(run(stores_->resources().create(agent, resource("echo", "two"))), true);
    const auto names = [this](const ResourceFilter& filter) {
        const auto page = run(stores_->resources().list(agent, one, filter));
        std::string text = std::to_string(page->total) + ":";
        for (const Resource& item : page->items) {
            text += ' ' + item.name;
        }
        return text;
    };
    EXPECT_EQ(names({}), "4: alpha bravo charlie delta");
    EXPECT_EQ(names({.is_active = true, .search = {}, .page = {}}), "3: alpha charlie delta");
    EXPECT_EQ(names({.is_active = false, .search = {}, .page = {}}), "1: bravo");
    EXPECT_EQ(names({.is_active = {}, .search = {}, .page = {2, 1}}), "4: bravo charlie");
    EXPECT_EQ(names({.is_active = {}, .search = {}, .page = {2, 9}}), "4:");
    EXPECT_EQ(names({.is_active = {}, .search = "LPH", .page = {}}), "1: alpha");
    EXPECT_EQ(names({.is_active = {}, .search = "100% OF", .page = {}}),
              "4: alpha bravo charlie delta");
    // Wildcards of LIKE are letters like others.
    EXPECT_EQ(names({.is_active = {}, .search = "a%a", .page = {}}), "0:");
    EXPECT_EQ(names({.is_active = {}, .search = "d_lta", .page = {}}), "0:");
    EXPECT_EQ(names({.is_active = {}, .search = "\\", .page = {}}), "0:");
}

TEST_P(StoreContract, CallsComeBackAsTheyWereWritten) {
    core::CallRecord written = call("c", 5);
    written.user_id = "u'1";
    written.user_context = JsonObject{{"name", "Zoë"}};
    written.metadata = JsonObject{{"list", JsonArray{1, nullptr, true}}};
    written.agent_history = {"waiter", "cook"};
    written.metrics.turns = 3;
    written.metrics.total_tokens = 1'234;
    written.metrics.llm_latency_ms = 12.5;
    written.started_at = WallTime{milliseconds{9}};
    written.room_name = "call-c";
    written.phone_number = Pii<std::string>("+491510000");
    written.fencing_token = 7;
    written.type = core::CallType::sip;
    written.direction = core::CallDirection::outbound;
    ASSERT_EQ(run(stores_->calls().create(written)), true);
    EXPECT_EQ(run(stores_->calls().create(written)), tl::unexpected(StoreError::conflict));
    const auto loaded = run(stores_->calls().load(one, CallId("c")));
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->user_id, written.user_id);
    EXPECT_EQ(loaded->user_context, written.user_context);
    EXPECT_EQ(loaded->metadata, written.metadata);
    EXPECT_EQ(loaded->agent_history, written.agent_history);
    EXPECT_EQ(loaded->metrics.turns, 3U);
    EXPECT_EQ(loaded->metrics.total_tokens, 1'234U);
    EXPECT_EQ(loaded->metrics.llm_latency_ms, 12.5);
    EXPECT_FALSE(loaded->metrics.stt_latency_ms);
    EXPECT_EQ(loaded->started_at, written.started_at);
    EXPECT_FALSE(loaded->ended_at);
    EXPECT_EQ(loaded->room_name, "call-c");
    EXPECT_EQ(loaded->phone_number.reveal(), "+491510000");
    EXPECT_EQ(loaded->fencing_token, 7U);
    EXPECT_EQ(loaded->type, core::CallType::sip);
    EXPECT_EQ(loaded->direction, core::CallDirection::outbound);
    EXPECT_FALSE(run(stores_->calls().load(two, CallId("c"))));
}

TEST_P(StoreContract, AFinalStatusNeverChanges) {
    using core::CallStatus;
    for (const CallStatus status : {CallStatus::completed, CallStatus::failed,
                                    CallStatus::disconnected, CallStatus::timeout}) {
        core::CallRecord record = call(std::string(core::name_of(status)));
        ASSERT_EQ(run(stores_->calls().create(record)), true);
        record.status = CallStatus::active;
        EXPECT_EQ(run(stores_->calls().save(record)), true);
        record.status = status;
        record.status_reason = "first";
        EXPECT_EQ(run(stores_->calls().save(record)), true);
        record.status_reason = "second";
        EXPECT_EQ(run(stores_->calls().save(record)), tl::unexpected(StoreError::conflict));
        EXPECT_EQ(run(stores_->calls().load(one, record.id))->status_reason, "first");
        EXPECT_EQ(run(stores_->calls().load(one, record.id))->status, status);
    }
    EXPECT_EQ(run(stores_->calls().save(call("none"))), tl::unexpected(StoreError::not_found));
}

TEST_P(StoreContract, CallsAreListedNewestFirst) {
    core::CallRecord active = call("b", 2);
    active.status = core::CallStatus::active;
    core::CallRecord other_agent = call("c", 3);
    other_agent.agent_name = "cook";
    core::CallRecord other_tenant = call("d", 4);
    other_tenant.tenant_id = two;
    for (const auto& record : {call("a", 1), active, other_agent, other_tenant}) {
        ASSERT_EQ(run(stores_->calls().create(record)), true);
    }
    const auto list = [this](CallFilter filter) {
        return run(stores_->calls().list(one, std::move(filter)));
    };
    EXPECT_EQ(ids(*list({})), (Ids{"c", "b", "a"}));
    EXPECT_EQ(ids(*list({.status = core::CallStatus::active, .agent_name = {}, .page = {}})),
              (Ids{"b"}));
    EXPECT_EQ(ids(*list({.status = {}, .agent_name = "waiter", .page = {}})), (Ids{"b", "a"}));
    const auto second = list({.status = {}, .agent_name = {}, .page = {1, 1}});
    EXPECT_EQ(ids(*second), (Ids{"b"}));
    EXPECT_EQ(second->total, 3U);
}

TEST_P(StoreContract, TranscriptsAreOrderedAndRepeatsHarmless) {
    ASSERT_EQ(run(stores_->calls().create(call("c"))), true);
    core::TranscriptEntry first;
    first.content = "hello";
    first.role = core::TranscriptRole::assistant;
    first.agent = "waiter";
    first.interrupted = true;
    first.timestamp = WallTime{milliseconds{11}};
    first.latency.emplace().endpoint_decided = microseconds{300'001};
    core::TranscriptEntry second;
    second.sequence = 1;
    second.role = core::TranscriptRole::tool;
    second.tool = JsonObject{{"name", "book_table"}};
    const CallId id("c");
    EXPECT_EQ(run(stores_->calls().append_transcript(lines(one, id, {second}))), true);
    EXPECT_EQ(run(stores_->calls().append_transcript(lines(one, id, {first, second}))), true);
    core::TranscriptEntry repeat = first;
    repeat.content = "changed";
    EXPECT_EQ(run(stores_->calls().append_transcript(lines(one, id, {repeat}))), true);

    const auto entries = run(stores_->calls().load_transcript(one, id));
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size(), 2U);
    EXPECT_EQ(entries->at(0).content, "hello");
    EXPECT_EQ(entries->at(0).role, core::TranscriptRole::assistant);
    EXPECT_TRUE(entries->at(0).interrupted);
    EXPECT_EQ(entries->at(0).timestamp, first.timestamp);
    ASSERT_TRUE(entries->at(0).latency);
    EXPECT_EQ(entries->at(0).latency->endpoint_decided, microseconds{300'001});
    EXPECT_FALSE(entries->at(0).latency->first_packet);
    EXPECT_TRUE(entries->at(0).tool.is_null());
    EXPECT_EQ(entries->at(1).tool, second.tool);
    EXPECT_FALSE(entries->at(1).latency);

    EXPECT_EQ(run(stores_->calls().append_transcript(lines(two, id, {first}))),
              tl::unexpected(StoreError::not_found));
    EXPECT_FALSE(run(stores_->calls().load_transcript(two, id)));
    EXPECT_FALSE(run(stores_->calls().load_transcript(one, CallId("none"))));
}

TEST_P(StoreContract, UnfinishedCallsOfEveryTenantFail) {
    core::CallRecord done = call("done");
    done.status = core::CallStatus::completed;
    core::CallRecord other = call("other");
    other.tenant_id = two;
    other.status = core::CallStatus::active;
    for (const auto& record : {done, other, call("pending")}) {
        ASSERT_EQ(run(stores_->calls().create(record)), true);
    }
    EXPECT_EQ(run(stores_->recovery().fail_unfinished("server_restart")), 2U);
    EXPECT_EQ(run(stores_->recovery().fail_unfinished("again")), 0U);
    const auto failed = run(stores_->calls().load(two, CallId("other")));
    EXPECT_EQ(failed->status, core::CallStatus::failed);
    EXPECT_EQ(failed->status_reason, "server_restart");
    EXPECT_TRUE(failed->ended_at);
    EXPECT_EQ(run(stores_->calls().load(one, CallId("done")))->status, core::CallStatus::completed);
}

TEST_P(StoreContract, WritesOfAnEarlierHolderAreStale) {
    ASSERT_EQ(run(stores_->calls().create(call("c"))), true);
    core::CallRecord first = call("c");
    first.status = core::CallStatus::active;
    first.fencing_token = 1;
    core::CallRecord second = first;
    second.fencing_token = 2;
    second.status_reason = "second";
    EXPECT_EQ(run(stores_->calls().save(first)), true);
    EXPECT_EQ(run(stores_->calls().save(second)), true);
    first.status = core::CallStatus::completed;
    EXPECT_EQ(run(stores_->calls().save(first)), tl::unexpected(StoreError::stale));
    const auto loaded = run(stores_->calls().load(one, CallId("c")));
    EXPECT_EQ(loaded->status, core::CallStatus::active);
    EXPECT_EQ(loaded->status_reason, "second");
    EXPECT_EQ(loaded->fencing_token, 2U);
    // Over the end, too: what is stale is told so, and not that the call is over.
    second.status = core::CallStatus::completed;
    EXPECT_EQ(run(stores_->calls().save(second)), true);
    EXPECT_EQ(run(stores_->calls().save(first)), tl::unexpected(StoreError::stale));
}

TEST_P(StoreContract, LinesOfAnEarlierHolderAreStaleAndRaiseNothing) {
    const CallId id("c");
    ASSERT_EQ(run(stores_->calls().create(call("c"))), true);
    EXPECT_EQ(run(stores_->calls().append_transcript(lines(one, id, {line(0, "a")}, 1))), true);
    EXPECT_EQ(run(stores_->calls().append_transcript(lines(one, id, {line(1, "b")}, 2))), true);
    EXPECT_EQ(run(stores_->calls().append_transcript(lines(one, id, {line(2, "x")}, 1))),
              tl::unexpected(StoreError::stale));
    // The transcript's token holds for the row as well.
    core::CallRecord old = call("c");
    old.fencing_token = 1;
    EXPECT_EQ(run(stores_->calls().save(old)), tl::unexpected(StoreError::stale));
    EXPECT_EQ(transcript("c"), "0=a 1=b ");
}

TEST_P(StoreContract, ALaterHolderRewritesWhatItTellsAgain) {
    const CallId id("c");
    ASSERT_EQ(run(stores_->calls().create(call("c"))), true);
    const std::vector<core::TranscriptEntry> told{line(0, "a"), line(1, "b"), line(2, "c")};
    EXPECT_EQ(run(stores_->calls().append_transcript(lines(one, id, told, 1))), true);
    EXPECT_EQ(run(stores_->calls().append_transcript(lines(one, id, {line(2, "C")}, 2))), true);
    EXPECT_EQ(run(stores_->calls().append_transcript(lines(one, id, {line(2, "D")}, 2))), true);
    EXPECT_EQ(transcript("c"), "0=a 1=b 2=C ");
}

TEST_P(StoreContract, LateLinesFillWhatComesBeforeALaterHolder) {
    const CallId id("c");
    ASSERT_EQ(run(stores_->calls().create(call("c"))), true);
    EXPECT_EQ(run(stores_->calls().append_transcript(lines(one, id, {line(2, "C")}, 2))), true);
    const std::vector<core::TranscriptEntry> spooled{line(0, "a"), line(1, "b"), line(2, "c"),
                                                     line(3, "d")};
    const TranscriptWrite late = lines(one, id, spooled, 1, true);
    EXPECT_EQ(run(stores_->calls().append_transcript(late)), true);
    EXPECT_EQ(run(stores_->calls().append_transcript(late)), true);
    EXPECT_EQ(transcript("c"), "0=a 1=b 2=C ");
    EXPECT_EQ(run(stores_->calls().load(one, id))->fencing_token, 2U);
    // Before the later holder has told anything, nothing is left out; what it tells then counts.
    ASSERT_EQ(run(stores_->calls().create(call("e"))), true);
    core::CallRecord taken = call("e");
    taken.fencing_token = 2;
    ASSERT_EQ(run(stores_->calls().save(taken)), true);
    TranscriptWrite other = late;
    other.call_id = CallId("e");
    EXPECT_EQ(run(stores_->calls().append_transcript(other)), true);
    EXPECT_EQ(run(stores_->calls().append_transcript(lines(one, CallId("e"), {line(3, "D")}, 2))),
              true);
    EXPECT_EQ(transcript("e"), "0=a 1=b 2=c 3=D ");
}

TEST_P(StoreContract, PendingCallsWithARoomAreFoundOldestFirst) {
    int created_ms = 10;
    for (const char* id : {"new", "b", "a", "roomless", "active"}) {
        core::CallRecord record = call(id, --created_ms);
        record.room_name = std::string(id) == "roomless" ? "" : "room";
        record.status =
            std::string(id) == "active" ? core::CallStatus::active : core::CallStatus::pending;
        ASSERT_EQ(run(stores_->calls().create(record)), true);
    }
    const auto found = [this](int before_ms, std::uint32_t limit) {
        std::string text;
        const auto records =
            run(stores_->recovery().list_pending(WallTime{milliseconds{before_ms}}, limit));
        for (const core::CallRecord& record : *records) {
            text += record.id.text() + ' ';
        }
        return text;
    };
    EXPECT_EQ(found(9, 10), "a b ");
    EXPECT_EQ(found(100, 2), "a b ");
    EXPECT_EQ(found(100, 10), "a b new ");
    EXPECT_EQ(found(0, 10), "");
}

TEST_P(StoreContract, ChangesPutEventsIntoTheOutboxAndNothingElseDoes) {
    core::CallRecord record = call("c");
    record.agent_history = {"waiter"};
    record.phone_number = Pii<std::string>("+491510000");
    ASSERT_EQ(run(stores_->calls().create(record)), true);
    EXPECT_FALSE(run(stores_->calls().create(record)));
    record.status = core::CallStatus::connecting;
    ASSERT_EQ(run(stores_->calls().save(record)), true);
    record.status = core::CallStatus::active;
    ASSERT_EQ(run(stores_->calls().save(record)), true);
    ASSERT_EQ(run(stores_->calls().save(record)), true);
    record.agent_history = {"waiter", "cook"};
    ASSERT_EQ(run(stores_->calls().save(record)), true);
    record.status = core::CallStatus::completed;
    ASSERT_EQ(run(stores_->calls().save(record)), true);
    EXPECT_FALSE(run(stores_->calls().save(record)));

    EXPECT_EQ(run(stores_->outbox().backlog())->waiting, 4U);
    const auto events = run(stores_->outbox().take(10, seconds{60}));
    ASSERT_TRUE(events);
    std::string text;
    for (const OutboxEvent& event : *events) {
        text += event.id + '/' + event.type + ' ';
        EXPECT_EQ(event.tenant_id, one);
        EXPECT_EQ(event.call_id, CallId("c"));
        EXPECT_EQ(event.attempts, 1U);
        EXPECT_EQ(member_text(event.payload, "call_id"), "c");
        EXPECT_EQ(serialize_json(event.payload).find("+49"), std::string::npos);
    }
    EXPECT_EQ(text, "c:1/call.created c:2/call.started c:3/call.agent_changed c:4/call.completed ");
    EXPECT_EQ(member_text(events->back().payload, "status"), "completed");
}

TEST_P(StoreContract, AnEventIsTakenByOneUntilItsClaimEnds) {
    for (const char* id : {"a", "b", "c"}) {
        ASSERT_EQ(run(stores_->calls().create(call(id))), true);
    }
    const auto first = run(stores_->outbox().take(2, seconds{60}));
    const auto second = run(stores_->outbox().take(2, seconds{60}));
    ASSERT_EQ(first->size(), 2U);
    ASSERT_EQ(second->size(), 1U);
    EXPECT_EQ(second->front().call_id, CallId("c"));
    EXPECT_TRUE(run(stores_->outbox().take(2, seconds{60}))->empty());
    EXPECT_EQ(run(stores_->outbox().mark_delivered({first->at(0).id, "unknown"})), true);
    EXPECT_EQ(run(stores_->outbox().backlog())->waiting, 2U);
    stores_->loop.run_for(seconds{61});
    const auto again = run(stores_->outbox().take(10, seconds{60}));
    ASSERT_EQ(again->size(), 2U);
    EXPECT_EQ(again->at(0).id, first->at(1).id);
    EXPECT_EQ(again->at(0).attempts, 2U);
    EXPECT_EQ(run(stores_->outbox().erase_delivered(WallTime{})), 0U);
    EXPECT_EQ(run(stores_->outbox().erase_delivered(stores_->loop.wall_now() + seconds{1})), 1U);
}

TEST_P(StoreContract, UnfinishedCallsThatFailAreTold) {
    ASSERT_EQ(run(stores_->calls().create(call("c"))), true);
    ASSERT_EQ(run(stores_->recovery().fail_unfinished("server_restart")), 1U);
    const auto events = run(stores_->outbox().take(10, seconds{60}));
    ASSERT_EQ(events->size(), 2U);
    EXPECT_EQ(events->back().type, "call.failed");
}

INSTANTIATE_TEST_SUITE_P(
    Stores, StoreContract,
    ::testing::Values(
        Implementation{"Fake",
                       []() -> std::unique_ptr<Stores> { return std::make_unique<FakeStores>(); }},
        Implementation{"Sqlite", make_sqlite},
        Implementation{"Postgres", [] { return make_postgres("STUDIO_TEST_DATABASE_URL"); }},
        Implementation{"PgBouncer", [] { return make_postgres("STUDIO_TEST_PGBOUNCER_URL"); }}),
    [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace studio
