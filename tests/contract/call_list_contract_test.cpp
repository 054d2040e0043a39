#include "contract/store_contract.hpp"

// Which calls are found, and how they are removed, on every implementation.

namespace studio {
namespace {

const TenantId one("one");
const TenantId two("two");

Task<> count_rows(adapters::SqlDatabase& database, runtime::Loop& loop, const char* sql,
                  std::int64_t& count) {
    const auto row = co_await database.run(
        loop, adapters::SqlAccess::read,
        [sql](adapters::SqlConnection& connection) -> Result<adapters::SqlRow, StoreError> {
            return adapters::SqlQuery(connection, sql).row();
        });
    count = row ? row->number(0) : -1;
}

std::int64_t counted(Stores& stores, const char* sql) {
    std::int64_t count = -1;
    runtime::TaskScope scope(stores.loop);
    scope.spawn(count_rows(*stores.database(), stores.loop, sql, count));
    stores.loop.run_for(seconds{1});
    return count;
}

TEST_P(StoreContract, CallsAreFoundByEverythingThatTheyAreKnownBy) {
    core::CallRecord first = call("a", 10);
    first.user_id = "u-1";
    first.phone_number = Pii<std::string>("+4915100000001");
    first.metadata = *parse_json(R"({"order":"7=x","vip":true,"n":12.5,"list":[1],"none":null})");
    core::CallRecord second = call("b", 20);
    second.user_id = "u-2";
    second.metadata = *parse_json(R"({"order":"8","vip":false})");
    core::CallRecord foreign = call("c", 15);
    foreign.tenant_id = two;
    foreign.user_id = "u-1";
    foreign.metadata = first.metadata;
    for (const core::CallRecord& record : {first, second, foreign}) {
        ASSERT_EQ(run(stores_->calls().create(record)), true);
    }
    const auto found = [this](const CallFilter& filter) {
        const auto page = run(stores_->calls().list(one, filter));
        std::string text = std::to_string(page->total) + ':';
        for (const std::string& id : ids(*page)) {
            text += id;
        }
        return text;
    };
    EXPECT_EQ(found({}), "2:ba");
    CallFilter filter;
    filter.user_id = "u-1";
    EXPECT_EQ(found(filter), "1:a");
    filter.started_after = WallTime{milliseconds{11}};
    EXPECT_EQ(found(filter), "0:");
    filter = {};
    filter.phone_number = Pii<std::string>("+4915100000001");
    EXPECT_EQ(found(filter), "1:a");
    filter = {};
    filter.started_after = WallTime{milliseconds{10}};
    filter.started_before = WallTime{milliseconds{20}};
    EXPECT_EQ(found(filter), "1:a");
    const auto by_metadata = [&found](const char* name, const char* value) {
        CallFilter labelled;
        labelled.metadata_name = name;
        labelled.metadata_value = value;
        return found(labelled);
    };
    EXPECT_EQ(by_metadata("order", "7=x"), "1:a");
    EXPECT_EQ(by_metadata("vip", "false"), "1:b");
    EXPECT_EQ(by_metadata("n", "12.5"), "1:a");
    EXPECT_EQ(by_metadata("list", "[1]"), "0:");
    EXPECT_EQ(by_metadata("none", "null"), "0:");
    EXPECT_EQ(by_metadata("order", "8=x"), "0:");
}

TEST_P(StoreContract, PagesBehindACallStayAsTheyAreWhileCallsComeIn) {
    for (const char* id : {"a", "b", "c", "d", "e"}) {
        // Two of each moment: the id decides.
        ASSERT_EQ(run(stores_->calls().create(call(id, (id[0] - 'a') / 2))), true);
    }
    CallFilter filter;
    filter.page.limit = 2;
    std::string walked;
    int newer = 100;
    while (true) {
        const auto page = run(stores_->calls().list(one, filter));
        if (!page || page->items.empty()) {
            break;
        }
        for (const std::string& id : ids(*page)) {
            walked += id;
        }
        filter.behind = CallPlace{page->items.back().created_at, page->items.back().id};
        const std::string id = "new-" + std::to_string(newer);
        ASSERT_EQ(run(stores_->calls().create(call(id, newer++))), true);
    }
    EXPECT_EQ(walked, "edcba");
}

TEST_P(StoreContract, AnErasedCallLeavesNoTrace) {
    CallErasure* const erasure = stores_->erasure();
    if (erasure == nullptr) {
        return;
    }
    for (const char* id : {"a", "b"}) {
        core::CallRecord record = call(id);
        record.metadata = *parse_json(R"({"order":7})");
        ASSERT_EQ(run(stores_->calls().create(record)), true);
        ASSERT_TRUE(run(stores_->keys().claim(one, std::string("key-") + id,
                                              KeyBinding{CallId(id), "print"}, WallTime{})));
        ASSERT_EQ(run(stores_->calls().append_transcript(
                      lines(one, CallId(id), {line(0, "secret"), line(1, "words")}))),
                  true);
    }
    EXPECT_EQ(run(erasure->erase_call(one, CallId("a"))).error(), StoreError::conflict);
    core::CallRecord over = call("a");
    over.status = core::CallStatus::completed;
    ASSERT_EQ(run(stores_->calls().save(over)), true);
    EXPECT_EQ(run(erasure->erase_call(two, CallId("a"))).error(), StoreError::not_found);

    const auto erased = run(erasure->erase_call(one, CallId("a")));
    ASSERT_TRUE(erased);
    EXPECT_EQ(erased->calls, 1U);
    EXPECT_EQ(erased->transcript_entries, 2U);
    EXPECT_EQ(erased->events, 2U);
    EXPECT_EQ(erased->labels, 1U);
    EXPECT_EQ(erased->idempotency_keys, 1U);
    EXPECT_EQ(run(stores_->calls().load(one, CallId("a"))).error(), StoreError::not_found);
    EXPECT_EQ(run(erasure->erase_call(one, CallId("a"))).error(), StoreError::not_found);
    for (const char* sql : {"SELECT COUNT(*) FROM calls WHERE id = 'a'",
                            "SELECT COUNT(*) FROM transcript_entries WHERE call_id = 'a'",
                            "SELECT COUNT(*) FROM outbox WHERE call_id = 'a'",
                            "SELECT COUNT(*) FROM call_labels WHERE call_id = 'a'",
                            "SELECT COUNT(*) FROM idempotency_keys WHERE call_id = 'a'"}) {
        EXPECT_EQ(counted(*stores_, sql), 0) << sql;
    }
    EXPECT_EQ(transcript("b"), "0=secret 1=words ");
    // What was counted stays counted.
    const AnalyticsRange all{WallTime{}, WallTime{seconds{1}}};
    EXPECT_EQ(run(stores_->analytics()->outcomes(one, all))->size(), 1U);
}

TEST_P(StoreContract, AllCallsOfAUserAreErasedOrNone) {
    CallErasure* const erasure = stores_->erasure();
    if (erasure == nullptr) {
        return;
    }
    for (const char* id : {"a", "b", "c", "d"}) {
        core::CallRecord record = call(id);
        record.tenant_id = id[0] == 'd' ? two : one;
        record.user_id = id[0] == 'c' ? "other" : "u";
        ASSERT_EQ(run(stores_->calls().create(record)), true);
        record.status = core::CallStatus::failed;
        if (id[0] != 'b') {
            ASSERT_EQ(run(stores_->calls().save(record)), true);
        }
    }
    EXPECT_EQ(run(erasure->erase_user(one, "u", 10)).error(), StoreError::conflict);
    EXPECT_EQ(run(stores_->calls().list(one, {}))->total, 3U);
    core::CallRecord over = call("b");
    over.user_id = "u";
    over.status = core::CallStatus::failed;
    ASSERT_EQ(run(stores_->calls().save(over)), true);
    EXPECT_EQ(run(erasure->erase_user(one, "", 10))->calls, 0U) << "nobody is no user";
    EXPECT_EQ(run(erasure->erase_user(one, "u", 1))->calls, 1U);
    EXPECT_EQ(run(erasure->erase_user(one, "u", 10))->calls, 1U);
    EXPECT_EQ(run(erasure->erase_user(one, "u", 10))->calls, 0U);
    EXPECT_EQ(ids(*run(stores_->calls().list(one, {}))), (std::vector<std::string>{"c"}));
    EXPECT_EQ(run(stores_->calls().list(two, {}))->total, 1U);
}

}  // namespace
}  // namespace studio
