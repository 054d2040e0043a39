#include "contract/store_contract.hpp"

// More of the suite that store_contract_test.cpp runs on every implementation.

namespace studio {
namespace {

const TenantId one("one");

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

TEST_P(StoreContract, WhoClaimsACallMakesEarlierHoldersStaleAtOnce) {
    const CallId id("c");
    ASSERT_EQ(run(stores_->calls().create(call("c"))), true);
    core::CallRecord first = call("c");
    first.status = core::CallStatus::active;
    first.fencing_token = 1;
    ASSERT_EQ(run(stores_->calls().save(first)), true);
    const auto claimed = run(stores_->calls().claim(one, id, 2));
    ASSERT_TRUE(claimed);
    EXPECT_EQ(claimed->status, core::CallStatus::active);
    EXPECT_EQ(claimed->fencing_token, 2U);
    // Before the new holder has written anything.
    EXPECT_EQ(run(stores_->calls().save(first)), tl::unexpected(StoreError::stale));
    EXPECT_EQ(run(stores_->calls().append_transcript(lines(one, id, {line(0, "x")}, 1))),
              tl::unexpected(StoreError::stale));
    EXPECT_EQ(run(stores_->calls().claim(one, id, 1)).error(), StoreError::stale);
    EXPECT_EQ(run(stores_->calls().claim(one, id, 2))->fencing_token, 2U) << "again is harmless";
    EXPECT_EQ(run(stores_->calls().claim(TenantId("two"), id, 3)).error(), StoreError::not_found);
    EXPECT_EQ(transcript("c"), "");
    // Nobody is told of a claim, and a row that is over stays as it is.
    core::CallRecord second = *claimed;
    second.status = core::CallStatus::completed;
    ASSERT_EQ(run(stores_->calls().save(second)), true);
    const auto over = run(stores_->calls().claim(one, id, 3));
    ASSERT_TRUE(over);
    EXPECT_EQ(over->status, core::CallStatus::completed);
    EXPECT_EQ(over->fencing_token, 2U);
    EXPECT_EQ(run(stores_->outbox().backlog())->waiting, 3U);
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

TEST_P(StoreContract, CallsThatWorkersHoldAreFoundPageByPage) {
    int created_ms = 0;
    for (const char* id : {"pending", "a", "roomless", "b", "over", "c"}) {
        const std::string name(id);
        core::CallRecord record = call(id, ++created_ms / 3);
        record.room_name = name == "roomless" ? "" : "room";
        record.status = name == "pending" ? core::CallStatus::pending
                        : name == "over"  ? core::CallStatus::completed
                        : name == "a"     ? core::CallStatus::connecting
                                          : core::CallStatus::active;
        ASSERT_EQ(run(stores_->calls().create(record)), true);
    }
    core::CallRecord last;
    std::string text;
    for (int page = 0; page < 4; ++page) {
        const auto records = run(stores_->recovery().list_held(last.created_at, last.id, 1));
        ASSERT_TRUE(records);
        if (!records->empty()) {
            last = records->front();
            text += last.id.text() + ' ';
        }
    }
    EXPECT_EQ(text, "a b c ");
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
    ASSERT_EQ(run(stores_->recovery().fail_unfinished()), 1U);
    const auto events = run(stores_->outbox().take(10, seconds{60}));
    ASSERT_EQ(events->size(), 2U);
    EXPECT_EQ(events->back().type, "call.failed");
}

TEST_P(StoreContract, FindsTheCallOfARoom) {
    RoomDirectory* const rooms = stores_->rooms();
    if (rooms == nullptr) {
        return;
    }
    ASSERT_EQ(run(stores_->calls().create(call("without-room", 9))), true);
    core::CallRecord earlier = call("earlier", 1);
    earlier.room_name = "room";
    core::CallRecord later = call("later", 2);
    later.room_name = "room";
    later.tenant_id = TenantId("two");
    ASSERT_EQ(run(stores_->calls().create(earlier)), true);
    ASSERT_EQ(run(stores_->calls().create(later)), true);
    const auto found = run(rooms->find_by_room("room"));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, CallId("later"));
    EXPECT_EQ(found->tenant_id, TenantId("two"));
    EXPECT_EQ(run(rooms->find_by_room("")).error(), StoreError::not_found);
    EXPECT_EQ(run(rooms->find_by_room("elsewhere")).error(), StoreError::not_found);
}

}  // namespace
}  // namespace studio
