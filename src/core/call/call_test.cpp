#include "core/call/call.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/entropy.hpp"

namespace studio::core {
namespace {

using namespace std::chrono_literals;

const Instant start{};

std::string name_of_output(const CallOutput& output) {
    static constexpr std::array names{"join", "became", "say", "close", "flush", "over"};
    return names.at(output.index());
}

std::vector<std::string> drive(Call& call, const CallInput& input, Instant now) {
    call.handle(input, now);
    std::vector<std::string> names;
    while (const auto output = call.poll_output()) {
        names.push_back(name_of_output(*output));
    }
    return names;
}

using Names = std::vector<std::string>;

Call active_call() {
    Call call(CallOptions{});
    drive(call, CallStart{}, start);
    drive(call, MediaUp{}, start + 1s);
    return call;
}

TEST(Call, RunsFromStartToEnd) {
    Call call(CallOptions{});
    EXPECT_EQ(drive(call, CallStart{}, start), (Names{"join", "became"}));
    EXPECT_EQ(drive(call, MediaUp{}, start + 1s), (Names{"became"}));
    EXPECT_EQ(drive(call, HangUp{EndCause::by_tool("agent"), LastWords::pending}, start + 2s),
              (Names{"say"}));
    EXPECT_EQ(drive(call, LastWordsSaid{}, start + 3s), (Names{"close", "flush"}));
    EXPECT_EQ(drive(call, WritesDone{}, start + 4s), (Names{"over"}));
    EXPECT_EQ(call.next_deadline(), std::nullopt);
}

TEST(Call, EachPhaseHasADeadline) {
    Call never_joined(CallOptions{});
    drive(never_joined, CallStart{}, start);
    EXPECT_TRUE(drive(never_joined, CallTick{}, start + 29s).empty());
    never_joined.handle(CallTick{}, start + 30s);
    static_cast<void>(never_joined.poll_output());
    const auto flush = never_joined.poll_output();
    ASSERT_TRUE(flush);
    EXPECT_EQ(std::get<FlushWrites>(*flush).ending.status, CallStatus::failed);
    EXPECT_EQ(std::get<FlushWrites>(*flush).ending.reason, "join_timeout");
    EXPECT_EQ(drive(never_joined, CallTick{}, start + 35s), (Names{"over"}));

    Call too_long = active_call();
    EXPECT_EQ(drive(too_long, CallTick{}, start + 1s + 1h), (Names{"say"}));
    EXPECT_EQ(drive(too_long, CallTick{}, start + 12s + 1h), (Names{"close", "flush"}));
    EXPECT_EQ(drive(too_long, CallTick{}, start + 20s + 1h), (Names{"over"}));
}

TEST(Call, KeepsTheFirstReason) {
    Call call = active_call();
    drive(call, HangUp{EndCause::by_tool("first"), LastWords::farewell}, start + 2s);
    drive(call, HangUp{EndReason::language_model_failed, LastWords::farewell}, start + 2s);
    drive(call, MediaDown{EndReason::connection_lost}, start + 3s);
    call.handle(WritesDone{}, start + 4s);
    const auto over = call.poll_output();
    ASSERT_TRUE(over);
    EXPECT_EQ(std::get<CallOver>(*over).ending.reason, "first");
    EXPECT_EQ(std::get<CallOver>(*over).ending.status, CallStatus::completed);
}

TEST(Call, MediaLossSkipsTheLastWords) {
    Call call = active_call();
    EXPECT_EQ(drive(call, MediaDown{EndReason::connection_lost}, start + 2s), (Names{"flush"}));
}

TEST(Call, CarriesOnAfterSaving) {
    const Call call = active_call();
    const Instant elsewhere = start + 100h;
    Call carried(CallOptions{}, call.save(start + 31min));
    EXPECT_EQ(carried.phase(), Call::Phase::pending);
    EXPECT_EQ(drive(carried, CallStart{}, elsewhere), (Names{"join", "became"}));
    EXPECT_EQ(drive(carried, MediaUp{}, elsewhere), (Names{"became"}));
    EXPECT_EQ(carried.phase(), Call::Phase::active);
    EXPECT_TRUE(drive(carried, CallTick{}, elsewhere + 29min).empty());
    EXPECT_EQ(drive(carried, CallTick{}, elsewhere + 30min), (Names{"say"}));
}

Call awaiting_call(const Call::Saved* saved = nullptr) {
    const CallOptions options{.awaits_caller = true};
    Call call = saved == nullptr ? Call(options) : Call(options, *saved);
    drive(call, CallStart{}, start);
    return call;
}

Ending end_of(Call& call, const CallInput& input, Instant now) {
    call.handle(input, now);
    while (const auto output = call.poll_output()) {
        if (const auto* flush = std::get_if<FlushWrites>(&*output)) {
            return flush->ending;
        }
    }
    ADD_FAILURE() << "the call did not end";
    return {};
}

TEST(Call, WaitsForItsCaller) {
    Call call = awaiting_call();
    EXPECT_TRUE(drive(call, MediaUp{}, start + 1s).empty());
    EXPECT_EQ(call.phase(), Call::Phase::connecting);
    EXPECT_EQ(drive(call, CallerCame{}, start + 50s), (Names{"became"}));
    EXPECT_EQ(call.phase(), Call::Phase::active);
    EXPECT_TRUE(drive(call, CallTick{}, start + 70s).empty());

    // The caller may also be there first.
    Call second = awaiting_call();
    EXPECT_TRUE(drive(second, CallerCame{}, start + 1s).empty());
    EXPECT_EQ(drive(second, MediaUp{}, start + 2s), (Names{"became"}));
}

TEST(Call, WaitsForItsCallerSoLongAndNoLonger) {
    Call never = awaiting_call();
    drive(never, MediaUp{}, start + 1s);
    EXPECT_TRUE(drive(never, CallTick{}, start + 60s).empty());
    const Ending flush = end_of(never, CallTick{}, start + 61s);
    EXPECT_EQ(flush.status, CallStatus::failed);
    EXPECT_EQ(flush.reason, "no_answer");

    const Call::Saved saved = active_call().save(start + 2s);
    Call gone = awaiting_call(&saved);
    drive(gone, MediaUp{}, start + 1s);
    const Ending lost = end_of(gone, CallTick{}, start + 61s);
    EXPECT_EQ(lost.status, CallStatus::disconnected);
    EXPECT_EQ(lost.reason, "connection_lost");
}

TEST(Call, TellsHowFarAPhoneHasComeOnceAndInOrder) {
    Call call = awaiting_call();
    drive(call, MediaUp{}, start);
    EXPECT_EQ(drive(call, CallerRings{CallStatus::dialing}, start), (Names{"became"}));
    EXPECT_TRUE(drive(call, CallerRings{CallStatus::dialing}, start).empty());
    EXPECT_EQ(drive(call, CallerRings{CallStatus::ringing}, start), (Names{"became"}));
    EXPECT_TRUE(drive(call, CallerRings{CallStatus::dialing}, start).empty());
    EXPECT_TRUE(drive(call, CallerRings{CallStatus::active}, start).empty());
    EXPECT_EQ(drive(call, CallerCame{}, start), (Names{"became"}));
    EXPECT_TRUE(drive(call, CallerRings{CallStatus::ringing}, start).empty());
}

TEST(Call, FailsWhereItEndsBeforeItsCallerCame) {
    Call call = awaiting_call();
    drive(call, MediaUp{}, start);
    const Ending flush = end_of(call, HangUp{EndReason::shutdown, LastWords::farewell}, start);
    EXPECT_EQ(flush.status, CallStatus::failed);
    EXPECT_EQ(flush.reason, "shutdown");
}

TEST(Call, EndsExactlyOnceWhateverComes) {
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        SeededEntropy entropy(seed);
        Call call(CallOptions{.awaits_caller = seed % 2 == 0});
        Instant now = start;
        int ends = 0;
        int closes = 0;
        for (int step = 0; step < 60; ++step) {
            now += milliseconds(entropy.u32() % 20'000);
            const std::array<CallInput, 9> inputs{
                CallStart{},
                MediaUp{},
                CallerRings{CallStatus::ringing},
                CallerCame{},
                MediaDown{},
                HangUp{EndReason::media_failed, static_cast<LastWords>(entropy.u32() % 3)},
                LastWordsSaid{},
                WritesDone{},
                CallTick{}};
            for (const auto& name : drive(call, inputs.at(entropy.u32() % 9), now)) {
                ends += name == "over" ? 1 : 0;
                closes += name == "close" ? 1 : 0;
                EXPECT_FALSE(ends == 1 && name != "over") << "nothing follows the end";
            }
        }
        drive(call, CallStart{}, now);
        drive(call, HangUp{}, now);
        for (int step = 0; step < 3; ++step) {
            now += 2h;
            for (const auto& name : drive(call, CallTick{}, now)) {
                ends += name == "over" ? 1 : 0;
            }
        }
        EXPECT_EQ(ends, 1) << "seed " << seed;
        EXPECT_LE(closes, 1);
        EXPECT_EQ(call.phase(), Call::Phase::ended);
    }
}

TEST(CallRecord, NamesGoBothWays) {
    for (int index = 0; index < 9; ++index) {
        const auto status = static_cast<CallStatus>(index);
        EXPECT_EQ(parse_call_status(name_of(status)), status);
        EXPECT_EQ(is_final(status), index >= 5);
    }
    EXPECT_EQ(parse_call_status("ACTIVE"), std::nullopt);
    EXPECT_EQ(name_of(CallType::sip), "sip");
    EXPECT_EQ(name_of(CallDirection::outbound), "outbound");
    EXPECT_EQ(name_of(TranscriptRole::assistant), "assistant");
}

}  // namespace
}  // namespace studio::core
