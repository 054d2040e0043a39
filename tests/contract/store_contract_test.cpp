#include "contract/store_contract.hpp"

namespace studio {
namespace {

using Ids = std::vector<std::string>;
constexpr auto agent = ResourceKind::agent;
constexpr auto tool = ResourceKind::tool;
const TenantId one("one");
const TenantId two("two");

TEST_P(StoreContract, ATestCallStaysOne) {
    core::CallRecord record = call("c");
    record.livemode = false;
    ASSERT_EQ(run(stores_->calls().create(record)), true);
    EXPECT_FALSE(run(stores_->calls().load(one, record.id))->livemode);
    // As a holder of an earlier release writes it.
    record.livemode = true;
    ASSERT_EQ(run(stores_->calls().save(record)), true);
    EXPECT_FALSE(run(stores_->calls().load(one, record.id))->livemode);
    ASSERT_EQ(run(stores_->calls().create(call("d"))), true);
    EXPECT_TRUE(run(stores_->calls().load(one, CallId("d")))->livemode);
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
    EXPECT_EQ(run(stores_->resources().erase(agent, one, "a", std::nullopt)), true);
    EXPECT_EQ(run(stores_->resources().erase(agent, one, "a", std::nullopt)),
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
    EXPECT_EQ(run(stores_->resources().save(agent, changed, changed.updated_at)), true);
    EXPECT_FALSE(run(stores_->resources().load(agent, one, "a")));
    const auto loaded = run(stores_->resources().load(agent, one, "c"));
    ASSERT_TRUE(loaded);
    EXPECT_FALSE(loaded->is_active);
    changed.name = "b";
    EXPECT_EQ(run(stores_->resources().save(agent, changed, changed.updated_at)),
              tl::unexpected(StoreError::conflict));
    changed.name = "d";
    changed.tenant_id = two;
    EXPECT_EQ(run(stores_->resources().save(agent, changed, changed.updated_at)),
              tl::unexpected(StoreError::not_found));
}

TEST_P(StoreContract, AnAgentIsLoadedWithAllThatItLeadsTo) {
    const auto create = [this](ResourceKind kind, const char* name, const char* config,
                               const char* tenant = "one") {
        Resource made = resource(name, tenant);
        made.config = *parse_json(config);
        ASSERT_EQ(run(stores_->resources().create(kind, made)), true);
    };
    create(agent, "host", R"({"tools":["look_up","to_kitchen"]})");
    create(tool, "look_up", R"({"actions":[]})");
    create(tool, "to_kitchen", R"({"actions":[{"type":"handoff","target_agent":"kitchen"}]})");
    // Back to where the call began, and on to one that does not exist.
    create(agent, "kitchen", R"({"handoffs":[{"target_agent":"host"},{"target_agent":"cellar"}]})");
    create(agent, "kitchen-help", R"({"tools":["look_up"]})");
    create(tool, "lookxup", "{}");
    create(agent, "kitchen", "{}", "two");
    create(tool, "look_up", "{}", "two");

    const auto linked = run(stores_->resources().load_linked(one, {agent, "host"}));
    ASSERT_TRUE(linked);
    std::vector<std::string> names;
    for (const LinkedResource& item : *linked) {
        EXPECT_EQ(item.resource.tenant_id, one);
        names.push_back((item.kind == agent ? "agent " : "tool ") + item.resource.name);
    }
    std::sort(names.begin(), names.end());
    EXPECT_EQ(names, (std::vector<std::string>{"agent host", "agent kitchen", "tool look_up",
                                               "tool to_kitchen"}));
    EXPECT_EQ(run(stores_->resources().load_linked(one, {agent, "cellar"})),
              tl::unexpected(StoreError::not_found));
    EXPECT_EQ(run(stores_->resources().load_linked(one, {agent, "look_up"})),
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
    written.errors = {{core::CallStage::tts, "flite", "timed_out", 2},
                      {core::CallStage::tool, "b'k", "http_503", 1}};
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
    EXPECT_EQ(loaded->errors, written.errors);
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
    EXPECT_EQ(run(stores_->recovery().fail_unfinished()), 2U);
    EXPECT_EQ(run(stores_->recovery().fail_unfinished()), 0U);
    const auto failed = run(stores_->calls().load(two, CallId("other")));
    EXPECT_EQ(failed->status, core::CallStatus::failed);
    EXPECT_EQ(failed->status_reason, "process_died");
    EXPECT_TRUE(failed->ended_at);
    EXPECT_EQ(run(stores_->calls().load(one, CallId("done")))->status, core::CallStatus::completed);
}

TEST_P(StoreContract, ACallOfADeadProcessEndedWhenItWasLastKnownToLive) {
    const WallTime made = stores_->loop.wall_now();
    for (const char* id : {"beaten", "spoken", "silent", "waiting"}) {
        core::CallRecord record = call(id);
        record.created_at = made;
        ASSERT_EQ(run(stores_->calls().create(record)), true);
    }
    const WallTime begun = stores_->loop.wall_now();
    for (const char* id : {"beaten", "spoken", "silent"}) {
        core::CallRecord record = *run(stores_->calls().load(one, CallId(id)));
        record.status = core::CallStatus::active;
        record.started_at = begun;
        ASSERT_EQ(run(stores_->calls().save(record)), true);
    }
    // What a holder writes is a sign of life, too.
    const WallTime written = stores_->loop.wall_now();
    stores_->loop.run_for(seconds{30});
    const WallTime beaten = stores_->loop.wall_now();
    EXPECT_EQ(run(stores_->recovery().note_alive({CallId("beaten"), CallId("nobody")})), true);
    const auto alive_at = run(stores_->calls().load(one, CallId("beaten")))->alive_at;
    ASSERT_TRUE(alive_at);
    EXPECT_GE(*alive_at, beaten);
    core::TranscriptEntry last = line(0, "hello");
    last.timestamp = begun + seconds{20};
    ASSERT_EQ(run(stores_->calls().append_transcript(lines(one, CallId("spoken"), {last}))), true);
    stores_->loop.run_for(seconds{3'600});
    EXPECT_EQ(run(stores_->recovery().fail_unfinished()), 4U);
    const auto ended_at = [this](const char* id) {
        return *run(stores_->calls().load(one, CallId(id)))->ended_at;
    };
    EXPECT_EQ(ended_at("beaten"), *alive_at);
    EXPECT_EQ(ended_at("spoken"), begun + seconds{20});
    EXPECT_GE(ended_at("silent"), begun);
    EXPECT_LE(ended_at("silent"), written);
    EXPECT_EQ(ended_at("waiting"), made);
    // A call that is over has no sign of life any more.
    EXPECT_EQ(run(stores_->recovery().note_alive({CallId("beaten")})), true);
    EXPECT_EQ(run(stores_->calls().load(one, CallId("beaten")))->alive_at, alive_at);
}

TEST_P(StoreContract, AWriteWhoseRowHasChangedMeanwhileIsStale) {
    ASSERT_EQ(run(stores_->resources().create(agent, resource("a"))), true);
    Resource first = resource("a");
    const WallTime seen = first.updated_at;
    first.description = "first";
    first.updated_at += milliseconds{1};
    EXPECT_EQ(run(stores_->resources().save(agent, first, seen)), true);
    Resource second = resource("a");
    second.description = "second";
    second.updated_at += milliseconds{2};
    EXPECT_EQ(run(stores_->resources().save(agent, second, seen)),
              tl::unexpected(StoreError::stale));
    EXPECT_EQ(run(stores_->resources().load(agent, one, "a"))->description, "first");
    EXPECT_EQ(run(stores_->resources().erase(agent, one, "a", seen)),
              tl::unexpected(StoreError::stale));
    EXPECT_EQ(run(stores_->resources().save(agent, second, first.updated_at)), true);
    EXPECT_EQ(run(stores_->resources().erase(agent, one, "a", second.updated_at)), true);
}

TEST_P(StoreContract, WhatOthersUseKeepsItsNameAndItsRow) {
    ASSERT_EQ(run(stores_->resources().create(tool, resource("book_table"))), true);
    ASSERT_EQ(run(stores_->resources().create(tool, resource("bookxtable"))), true);
    Resource user = resource("waiter");
    user.config = *parse_json(R"({"tools":["book_table"],
        "handoffs":[{"target_agent":"cook"},{"target_agent":"waiter"}]})");
    user.needs = {{tool, "book_table"}};
    ASSERT_EQ(run(stores_->resources().create(agent, user)), true);
    ASSERT_EQ(run(stores_->resources().create(agent, resource("cook"))), true);
    Resource caller = resource("to_cook");
    caller.config = *parse_json(
        R"({"actions":[{"type":"conditional","then":[{"type":"handoff","agent":"cook"}]}]})");
    ASSERT_EQ(run(stores_->resources().create(tool, caller)), true);

    const auto users = [this](ResourceKind kind, const char* name) {
        const auto found = run(stores_->resources().users(kind, one, name));
        std::string text;
        for (const ResourceName& each : *found) {
            text += std::string(info_of(each.kind).noun) + ' ' + each.name + ' ';
        }
        return text;
    };
    EXPECT_EQ(users(tool, "book_table"), "agent waiter ");
    EXPECT_EQ(users(tool, "bookxtable"), "");
    EXPECT_EQ(users(agent, "cook"), "agent waiter tool to_cook ");
    // That it names itself keeps nobody from taking it away.
    EXPECT_EQ(users(agent, "waiter"), "");

    EXPECT_EQ(run(stores_->resources().erase(tool, one, "book_table", std::nullopt)),
              tl::unexpected(StoreError::in_use));
    Resource renamed = resource("book_table");
    renamed.name = "other";
    EXPECT_EQ(run(stores_->resources().save(tool, renamed, renamed.updated_at)),
              tl::unexpected(StoreError::in_use));
    EXPECT_EQ(run(stores_->resources().erase(agent, one, "cook", std::nullopt)),
              tl::unexpected(StoreError::in_use));
    // Under its name it may change.
    renamed.name = "book_table";
    renamed.updated_at += milliseconds{1};
    EXPECT_EQ(run(stores_->resources().save(tool, renamed, resource("x").updated_at)), true);
    EXPECT_EQ(run(stores_->resources().erase(agent, one, "waiter", std::nullopt)), true);
    EXPECT_EQ(run(stores_->resources().erase(tool, one, "book_table", std::nullopt)), true);
}

TEST_P(StoreContract, WhatAResourceNeedsMustExist) {
    Resource user = resource("waiter");
    user.needs = {{tool, "book_table"}};
    EXPECT_EQ(run(stores_->resources().create(agent, user)), tl::unexpected(StoreError::dangling));
    Resource foreign = resource("book_table", "two");
    ASSERT_EQ(run(stores_->resources().create(tool, foreign)), true);
    EXPECT_EQ(run(stores_->resources().create(agent, user)), tl::unexpected(StoreError::dangling));
    ASSERT_EQ(run(stores_->resources().create(tool, resource("book_table"))), true);
    EXPECT_EQ(run(stores_->resources().create(agent, user)), true);
    user.needs.push_back({tool, "none"});
    EXPECT_EQ(run(stores_->resources().save(agent, user, user.updated_at)),
              tl::unexpected(StoreError::dangling));
}

TEST_P(StoreContract, AKeyIsBoundOnceWithItsFingerprint) {
    IdempotencyStore& keys = stores_->keys();
    const WallTime now{milliseconds{1'000}};
    const auto first = run(keys.claim(one, "k", {CallId("a"), "f"}, now));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->call_id, CallId("a"));
    const auto second = run(keys.claim(one, "k", {CallId("b"), "g"}, now));
    ASSERT_TRUE(second);
    EXPECT_EQ(second->call_id, CallId("a"));
    EXPECT_EQ(second->fingerprint, "f");
    EXPECT_EQ(run(keys.claim(two, "k", {CallId("c"), "g"}, now))->call_id, CallId("c"));
    EXPECT_EQ(run(keys.release(one, "k")), true);
    EXPECT_EQ(run(keys.claim(one, "k", {CallId("b"), "g"}, now))->call_id, CallId("b"));
    EXPECT_EQ(run(keys.erase_older(now + milliseconds{1})), 2U);
}

/// Text that one database would refuse and another would alter: all keep the same.
TEST_P(StoreContract, WhatIsNoPlainTextIsMendedAndFindsNothing) {
    core::CallRecord written = call("c");
    written.user_id = std::string("a\0b\xFF", 4);
    written.metadata = JsonObject{{"k", boost::json::string_view("x\0\xE2", 3)}};
    ASSERT_EQ(run(stores_->calls().create(written)), true);
    if (stores_->database() != nullptr) {
        const auto loaded = run(stores_->calls().load(one, CallId("c")));
        ASSERT_TRUE(loaded);
        EXPECT_EQ(loaded->user_id,
                  "a\xEF\xBF\xBD"
                  "b\xEF\xBF\xBD");
        EXPECT_EQ(member_text(loaded->metadata, "k"), "x\xEF\xBF\xBD\xEF\xBF\xBD");
    }
    EXPECT_FALSE(run(stores_->calls().load(one, CallId("\xFF"))));
    EXPECT_FALSE(run(stores_->resources().load(agent, one, std::string("a\0", 2))));
    EXPECT_EQ(
        run(stores_->resources().list(agent, one, {.is_active = {}, .search = "\xC3", .page = {}}))
            ->total,
        0U);
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, store_implementations(),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace studio
