#include "base/metric.hpp"
#include "contract/store_contract.hpp"

namespace studio {
namespace {

using DamagedRows = StoreContract;
const TenantId one("one");

/// Changes a row behind the stores' back.
Task<> execute(adapters::SqlDatabase& database, runtime::Loop& loop, const char* sql, bool& done) {
    const auto outcome = co_await database.run(
        loop, adapters::SqlAccess::write,
        [sql](adapters::SqlConnection& connection) { return connection.execute_script(sql); });
    done = outcome.has_value();
}

void damage(Stores& stores, const char* sql) {
    bool done = false;
    runtime::TaskScope scope(stores.loop);
    scope.spawn(execute(*stores.database(), stores.loop, sql, done));
    stores.loop.run_for(seconds{1});
    ASSERT_TRUE(done) << sql;
}

std::uint64_t reported(const char* table) {
    return metrics()
        .counter("studio_stored_rows_unreadable_total", "", "table=\"" + std::string(table) + '"')
        .value();
}

TEST_P(DamagedRows, WhatEarlierVersionsWroteIsRead) {
    ASSERT_EQ(run(stores_->calls().create(call("c"))), true);
    damage(*stores_, R"(UPDATE calls SET user_context = '{"e":Infinity,"n":9.5E0,"z":0E0}',
        metadata = '{"a":[-Infinity,NaN]}')");
    const auto loaded = run(stores_->calls().load(one, CallId("c")));
    ASSERT_TRUE(loaded);
    EXPECT_EQ(serialize_json(loaded->user_context), R"({"e":null,"n":9.5,"z":0})");
    EXPECT_EQ(serialize_json(loaded->metadata), R"({"a":[null,null]})");
    EXPECT_EQ(run(stores_->calls().list(one, {}))->items.size(), 1U);
    EXPECT_EQ(run(stores_->recovery().fail_unfinished()), 1U);
}

TEST_P(DamagedRows, OneBadCallFailsNoPageNoSweepAndNoStart) {
    for (const char* id : {"a", "b", "c"}) {
        core::CallRecord record = call(id, id[0]);
        record.room_name = "room";
        ASSERT_EQ(run(stores_->calls().create(record)), true);
    }
    const std::uint64_t before = reported("calls");
    damage(*stores_, "UPDATE calls SET user_context = '{broken' WHERE id = 'b'");
    const auto page = run(stores_->calls().list(one, {}));
    ASSERT_TRUE(page);
    EXPECT_EQ(ids(*page), (std::vector<std::string>{"c", "a"}));
    EXPECT_EQ(page->total, 3U);
    EXPECT_EQ(reported("calls"), before + 1);

    const auto pending = run(stores_->recovery().list_pending(WallTime{seconds{10}}, 10));
    ASSERT_TRUE(pending);
    EXPECT_EQ(pending->size(), 2U);
    // It was ended, so that the next sweep does not meet it again.
    const std::uint64_t swept = reported("calls");
    EXPECT_EQ(run(stores_->recovery().list_pending(WallTime{seconds{10}}, 10))->size(), 2U);
    EXPECT_EQ(reported("calls"), swept);

    damage(*stores_, "UPDATE calls SET status = 'active', metrics = 'x' WHERE id = 'a'");
    EXPECT_EQ(run(stores_->recovery().list_held(WallTime{}, CallId(""), 10))->size(), 0U);
    EXPECT_EQ(run(stores_->recovery().fail_unfinished()), 2U);
    EXPECT_EQ(run(stores_->recovery().fail_unfinished()), 0U);
}

TEST_P(DamagedRows, ABadHistoryDoesNotKeepACallFromItsEnd) {
    core::CallRecord record = call("c");
    ASSERT_EQ(run(stores_->calls().create(record)), true);
    damage(*stores_, "UPDATE calls SET agent_history = '7'");
    record.status = core::CallStatus::failed;
    EXPECT_EQ(run(stores_->calls().save(record)), true);
}

TEST_P(DamagedRows, OneBadResourceLineOrEventHidesNoOther) {
    for (const char* name : {"a", "b"}) {
        ASSERT_EQ(run(stores_->resources().create(ResourceKind::agent, resource(name))), true);
        ASSERT_EQ(run(stores_->calls().create(call(name))), true);
    }
    ASSERT_EQ(run(stores_->calls().append_transcript(
                  lines(one, CallId("a"), {line(0, "x"), line(1, "y")}))),
              true);
    damage(*stores_, "UPDATE agents SET config = '' WHERE name = 'a'");
    damage(*stores_, "UPDATE transcript_entries SET role = 'ghost' WHERE sequence = 0");
    damage(*stores_, "UPDATE outbox SET payload = '[' WHERE call_id = 'a'");

    const auto agents = run(stores_->resources().list(ResourceKind::agent, one, {}));
    ASSERT_TRUE(agents);
    ASSERT_EQ(agents->items.size(), 1U);
    EXPECT_EQ(agents->items[0].name, "b");
    EXPECT_EQ(run(stores_->resources().users(ResourceKind::agent, one, "b"))->size(), 0U);
    // It can be taken away all the same.
    EXPECT_EQ(run(stores_->resources().erase(ResourceKind::agent, one, "a", std::nullopt)), true);
    EXPECT_EQ(transcript("a"), "1=y ");

    const auto events = run(stores_->outbox().take(10, seconds{60}));
    ASSERT_TRUE(events);
    ASSERT_EQ(events->size(), 1U);
    EXPECT_EQ(events->at(0).call_id, CallId("b"));
    EXPECT_EQ(run(stores_->outbox().backlog())->waiting, 1U);
}

/// What a back end sent nested as deep as we take it, put into objects of our own.
TEST_P(DamagedRows, ADeepAnswerOfAToolLeavesTheTranscriptReadable) {
    ASSERT_EQ(run(stores_->calls().create(call("c"))), true);
    core::TranscriptEntry entry = line(0, "tool");
    entry.role = core::TranscriptRole::tool;
    entry.tool = JsonObject{
        {"result",
         JsonObject{{"response", *parse_json(std::string(32, '[') + std::string(32, ']'))}}}};
    ASSERT_EQ(run(stores_->calls().append_transcript(lines(one, CallId("c"), {entry}))), true);
    const auto entries = run(stores_->calls().load_transcript(one, CallId("c")));
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size(), 1U);
    EXPECT_EQ(entries->at(0).tool, entry.tool);
}

INSTANTIATE_TEST_SUITE_P(
    Stores, DamagedRows,
    ::testing::Values(Implementation{"Sqlite", make_sqlite},
                      Implementation{"Postgres",
                                     [] { return make_postgres("STUDIO_TEST_DATABASE_URL"); }}),
    [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace studio
