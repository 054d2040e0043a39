#include "core/call/ending.hpp"

#include <gtest/gtest.h>

#include <set>

#include "core/call/call_event.hpp"

namespace studio::core {
namespace {

using namespace std::chrono_literals;

CallRecord record_with(CallStatus status) {
    CallRecord record;
    record.id = CallId("c");
    record.status = status;
    record.created_at = WallTime(10s);
    record.phone_number = Pii<std::string>("+14155550123");
    return record;
}

std::vector<std::string> names_of(const std::vector<CallEvent>& events) {
    std::vector<std::string> names;
    for (const CallEvent event : events) {
        names.emplace_back(name_of(event));
    }
    return names;
}

using Names = std::vector<std::string>;

TEST(EndReasons, HaveNamesOfTheirOwnThatGoBothWays) {
    std::set<std::string_view> names;
    for (std::size_t index = 0; index < end_reason_count; ++index) {
        const auto reason = static_cast<EndReason>(index);
        EXPECT_TRUE(names.insert(name_of(reason)).second) << name_of(reason);
        EXPECT_EQ(parse_end_reason(name_of(reason)), reason);
        EXPECT_TRUE(is_final(status_of(reason))) << name_of(reason);
    }
    EXPECT_EQ(parse_end_reason(""), std::nullopt);
    EXPECT_EQ(parse_end_reason("finished"), std::nullopt);
}

TEST(EndReasons, AToolGivesAWordOfItsOwnButNoneOfTheList) {
    EXPECT_EQ(EndCause::by_tool("finished").name(), "finished");
    EXPECT_EQ(EndCause::by_tool("finished").reason(), EndReason::tool_ended);
    EXPECT_EQ(EndCause::by_tool("").name(), "tool_ended");
    EXPECT_EQ(EndCause::by_tool("transferred").reason(), EndReason::transferred);
    EXPECT_EQ(EndCause::by_tool("caller_hung_up").name(), "tool_ended");
    EXPECT_EQ(EndCause::by_tool("process_died").name(), "tool_ended");
}

TEST(Ending, MeansOneStatusWhereTheCallHadBegunAndFailedWhereNot) {
    for (std::size_t index = 0; index < end_reason_count; ++index) {
        const auto reason = static_cast<EndReason>(index);
        const Ending begun = make_ending(reason, true);
        EXPECT_EQ(begun.status, status_of(reason));
        EXPECT_EQ(begun.reason, name_of(reason));
        EXPECT_EQ(make_ending(reason, false).status, CallStatus::failed) << name_of(reason);
    }
    EXPECT_EQ(make_ending(EndReason::caller_hung_up, false).reason, "caller_hung_up");
    EXPECT_EQ(make_ending(EndReason::ended_by_api, true).reason, "ended_by_api");
    EXPECT_EQ(make_ending(EndReason::ended_by_api, false).reason, "cancelled");
    EXPECT_EQ(make_ending(EndCause::by_tool("finished"), true).reason, "finished");
}

TEST(Ending, MakesARecordFinalOnce) {
    CallRecord active = record_with(CallStatus::active);
    active.started_at = WallTime(12s);
    end_record(active, EndReason::room_closed, WallTime(20s));
    EXPECT_EQ(active.status, CallStatus::disconnected);
    EXPECT_EQ(active.status_reason, "room_closed");
    EXPECT_EQ(active.ended_at, WallTime(20s));
    end_record(active, EndReason::process_died, WallTime(30s));
    EXPECT_EQ(active.status_reason, "room_closed");
    EXPECT_EQ(active.ended_at, WallTime(20s));

    CallRecord waiting = record_with(CallStatus::connecting);
    end_record(waiting, EndReason::room_closed, WallTime(20s));
    EXPECT_EQ(waiting.status, CallStatus::failed);
    EXPECT_EQ(waiting.status_reason, "room_closed");

    // A call that is carried on is `connecting` for a moment, and was active.
    CallRecord carried = record_with(CallStatus::connecting);
    carried.started_at = WallTime(12s);
    end_record(carried, EndReason::ended_by_api, WallTime(20s));
    EXPECT_EQ(carried.status, CallStatus::completed);
}

TEST(Ending, NeverComesBeforeTheBeginning) {
    CallRecord active = record_with(CallStatus::active);
    active.started_at = WallTime(12s);
    end_record(active, EndReason::workers_lost, WallTime(11s));
    EXPECT_EQ(active.ended_at, WallTime(12s));
    CallRecord waiting = record_with(CallStatus::pending);
    end_record(waiting, EndReason::cancelled, WallTime(1s));
    EXPECT_EQ(waiting.ended_at, WallTime(10s));
}

TEST(Ending, TheTimeInWhichNobodyWasThereIsNoneOfTheCall) {
    CallRecord record = record_with(CallStatus::active);
    record.started_at = WallTime(12s);
    EXPECT_EQ(lived_until(record, WallTime(5000s)), WallTime(5000s)) << "nothing is known";
    record.alive_at = WallTime(60s);
    EXPECT_EQ(lived_until(record, WallTime(65s)), WallTime(65s));
    EXPECT_EQ(lived_until(record, WallTime(75s)), WallTime(75s));
    EXPECT_EQ(lived_until(record, WallTime(76s)), WallTime(60s));
    EXPECT_EQ(lived_until(record, WallTime(5000s)), WallTime(60s));
}

/// A call of ten seconds whose voice failed, ended by `cause`.
CallRecord mute_call(const EndCause& cause, std::optional<bool> agent_heard,
                     CallStage stage = CallStage::tts, seconds duration = 10s) {
    CallRecord record = record_with(CallStatus::active);
    record.started_at = WallTime(12s);
    record.errors = {{stage, "harp", "timed_out", 2}};
    record.agent_heard = agent_heard;
    end_record(record, cause, *record.started_at + duration);
    return record;
}

TEST(Ending, OfACallWhoseAgentWasNeverHeardIsNoGoodOne) {
    for (const EndReason reason :
         {EndReason::caller_hung_up, EndReason::tool_ended, EndReason::transferred,
          EndReason::ended_by_api, EndReason::agent_dismissed, EndReason::shutdown,
          EndReason::caller_silent, EndReason::max_duration}) {
        const CallRecord record = mute_call(reason, false);
        EXPECT_EQ(record.status, CallStatus::failed) << name_of(reason);
        EXPECT_EQ(record.status_reason, "agent_never_heard") << name_of(reason);
        EXPECT_EQ(record.ended_at, WallTime(22s));
        EXPECT_EQ(mute_call(reason, true).status_reason, name_of(reason)) << "it was heard";
        EXPECT_EQ(mute_call(reason, {}).status_reason, name_of(reason)) << "nobody knows";
    }
    EXPECT_EQ(mute_call(EndCause::by_tool("booked"), false).status_reason, "agent_never_heard");
    EXPECT_EQ(mute_call(EndReason::caller_hung_up, false, CallStage::llm).status_reason,
              "agent_never_heard");
}

TEST(Ending, KeepsAReasonThatSaysMoreThanThatTheAgentWasNeverHeard) {
    for (const EndReason reason :
         {EndReason::connection_lost, EndReason::room_closed, EndReason::speech_synthesis_failed,
          EndReason::language_model_failed, EndReason::media_failed}) {
        EXPECT_EQ(mute_call(reason, false).status_reason, name_of(reason));
        EXPECT_EQ(mute_call(reason, false).status, status_of(reason));
    }
}

TEST(Ending, ByACallerWhoTurnsAwayAtOnceOrToWhomNothingWasToBeSaidIsTheirs) {
    EXPECT_EQ(mute_call(EndReason::caller_hung_up, false, CallStage::tts, 0s).status_reason,
              "caller_hung_up");
    EXPECT_EQ(mute_call(EndReason::caller_hung_up, false, CallStage::tts, 1s).status_reason,
              "agent_never_heard");
    EXPECT_EQ(mute_call(EndReason::tool_ended, false, CallStage::tts, 0s).status_reason,
              "agent_never_heard");
    for (const CallStage stage : {CallStage::stt, CallStage::tool}) {
        EXPECT_EQ(mute_call(EndReason::caller_hung_up, false, stage).status_reason,
                  "caller_hung_up");
    }
    CallRecord quiet = record_with(CallStatus::active);
    quiet.started_at = WallTime(12s);
    quiet.agent_heard = false;
    end_record(quiet, EndReason::caller_hung_up, WallTime(30s));
    EXPECT_EQ(quiet.status, CallStatus::completed) << "nothing failed: nothing was to be said";
}

TEST(Ending, OfACallerWhoWaitedInSilenceForAnAnswerIsNoGoodOneThoughNothingHadFailedYet) {
    const auto ended = [](std::optional<bool> agent_heard, milliseconds waited) {
        CallRecord record = record_with(CallStatus::active);
        record.started_at = WallTime(12s);
        record.agent_heard = agent_heard;
        record.silent_since = WallTime(20s);
        end_record(record, EndReason::caller_hung_up, WallTime(20s) + waited);
        return record.status_reason;
    };
    EXPECT_EQ(ended(false, 3'000ms), "agent_never_heard");
    EXPECT_EQ(ended(false, 2'999ms), "caller_hung_up") << "it was on the way";
    EXPECT_EQ(ended(true, 60s), "caller_hung_up");
    EXPECT_EQ(ended({}, 60s), "caller_hung_up") << "nobody knows";
}

TEST(CallEvents, FollowFromWhatChanged) {
    CallRecord record = record_with(CallStatus::pending);
    EXPECT_EQ(names_of(events_of_new(record)), Names{"call.created"});
    record.status = CallStatus::active;
    record.agent_history = {"front"};
    EXPECT_EQ(names_of(events_of_change({CallStatus::connecting, 0}, record)),
              Names{"call.started"});
    EXPECT_EQ(names_of(events_of_change({CallStatus::active, 1}, record)), Names{});
    record.agent_history = {"front", "back"};
    EXPECT_EQ(names_of(events_of_change({CallStatus::active, 1}, record)),
              Names{"call.agent_changed"});
    record.status = CallStatus::timeout;
    EXPECT_EQ(names_of(events_of_change({CallStatus::active, 1}, record)),
              (Names{"call.agent_changed", "call.timeout"}));
    EXPECT_EQ(names_of(events_of_change({CallStatus::timeout, 2}, record)), Names{});
}

TEST(CallEvents, AreFourForTheFourEnds) {
    CallRecord record = record_with(CallStatus::pending);
    const std::pair<CallStatus, const char*> ends[] = {
        {CallStatus::completed, "call.completed"},
        {CallStatus::failed, "call.failed"},
        {CallStatus::disconnected, "call.disconnected"},
        {CallStatus::timeout, "call.timeout"}};
    for (const auto& [status, name] : ends) {
        record.status = status;
        EXPECT_EQ(names_of(events_of_change({CallStatus::connecting, 0}, record)), Names{name});
        EXPECT_EQ(names_of(events_of_new(record)), (Names{"call.created", name}));
    }
}

TEST(CallEvents, TellNoNumberOfAPhone) {
    CallRecord record = record_with(CallStatus::active);
    record.started_at = WallTime(12s);
    const Json payload = event_payload(record);
    EXPECT_EQ(serialize_json(payload).find("4155550123"), std::string::npos);
    EXPECT_EQ(member_text(payload, "status"), "active");
    EXPECT_NE(find_member(payload, "started_at"), nullptr);
    EXPECT_EQ(find_member(payload, "ended_at"), nullptr);
}

}  // namespace
}  // namespace studio::core
