#include "core/capacity/replay_day.hpp"

#include <gtest/gtest.h>

#include "core/capacity/erlang.hpp"

namespace studio::core {
namespace {

RecordedDays steady(std::size_t minutes, unsigned a_minute, seconds holding) {
    return {std::vector<unsigned>(minutes, a_minute), std::vector<seconds>(minutes, holding)};
}

/// Quiet but for a burst of 20 minutes from `at` on.
RecordedDays burst(std::size_t minutes, std::size_t at) {
    RecordedDays days = steady(minutes, 2, seconds(180));
    for (std::size_t minute = at; minute < at + 20; ++minute) {
        days.arrivals[minute] = 25;
    }
    return days;
}

TEST(ReplayDay, AFixedFleetWaitsAsErlangSays) {
    // 10 calls a minute of 3 minutes: 30 erlangs on 33 places. Nobody hangs up.
    const RecordedDays days = steady(minutes_of_a_day * 7, 10, seconds(180));
    ReplayOptions options;
    options.calls_per_worker = 1;
    options.workers = 33;
    options.patience = seconds(1'000'000'000);
    const auto policy = make_fixed_policy(33);
    const ReplayResult result = replay_day(days, days.arrivals.size(), *policy, options);
    const double expected =
        erlang_c(33, 30.0) * 180.0 / (33.0 - 30.0);  // 24 s, more than one would think
    // The number of calls of each minute is fixed here, which is calmer than chance.
    EXPECT_LT(result.mean_wait_seconds, expected * 1.1);
    EXPECT_GT(result.mean_wait_seconds, expected * 0.3);
    EXPECT_EQ(result.calls, 10 * days.arrivals.size());
    EXPECT_EQ(result.lost + result.cut, 0U);
    EXPECT_NEAR(result.worker_hours, 33.0 * 24.0 * 7.0, 0.1);
}

TEST(ReplayDay, TheSameSeedIsTheSameDay) {
    const RecordedDays days = burst(300, 100);
    const auto policy = make_fixed_policy(3);
    const ReplayResult first = replay_day(days, 300, *policy, {});
    const ReplayResult second = replay_day(days, 300, *policy, {});
    EXPECT_EQ(first.lost, second.lost);
    EXPECT_EQ(first.wait_max, second.wait_max);
    EXPECT_GT(first.lost, 0U);
    ReplayOptions other;
    other.seed = 2;
    EXPECT_NE(replay_day(days, 300, *policy, other).mean_wait_seconds, first.mean_wait_seconds);
}

TEST(ReplayDay, TheQueueAloneCutsLongCallsOff) {
    // When the burst is over nobody waits, so the fleet shrinks under calls that last for longer
    // than it looks back.
    RecordedDays days = burst(400, 100);
    for (std::size_t minute = 0; minute < 400; ++minute) {
        days.arrivals[minute] = minute >= 100 && minute < 120 ? 8 : 0;
        days.holding[minute] = seconds(900);
    }
    ReplayOptions options;
    options.patience = seconds(120);
    const FleetBounds bounds;
    const auto queue = make_queue_policy(bounds);
    const auto load = make_load_policy(bounds);
    const ReplayResult by_queue = replay_day(days, 400, *queue, options);
    const ReplayResult by_load = replay_day(days, 400, *load, options);
    EXPECT_GT(by_queue.cut, 0U);
    EXPECT_EQ(by_load.cut, 0U);
    EXPECT_LT(by_load.lost, by_queue.lost);
}

TEST(ReplayDay, WhoKnowsTheDayOfYesterdayIsThereBeforeTheBurst) {
    RecordedDays days = burst(minutes_of_a_day, 600);
    const RecordedDays today = burst(minutes_of_a_day, 600);
    days.arrivals.insert(days.arrivals.end(), today.arrivals.begin(), today.arrivals.end());
    days.holding.insert(days.holding.end(), today.holding.begin(), today.holding.end());
    ReplayOptions options;
    options.start_delay = seconds(120);
    const FleetBounds bounds;
    const auto load = make_load_policy(bounds);
    const auto forecast = make_forecast_policy(bounds, {});
    const ReplayResult by_load = replay_day(days, minutes_of_a_day, *load, options);
    const ReplayResult by_forecast = replay_day(days, minutes_of_a_day, *forecast, options);
    EXPECT_EQ(by_load.calls, by_forecast.calls);
    EXPECT_LT(by_forecast.lost * 4, by_load.lost) << by_load.lost;
    EXPECT_LT(by_forecast.worker_hours, 24.0 * 20.0) << "and not at the price of a full fleet";
}

TEST(ReplayDay, AWorkerThatStartsTakesNothingUntilItIsThere) {
    const RecordedDays days = steady(10, 60, seconds(600));
    ReplayOptions options;
    options.workers = 0;
    options.start_delay = seconds(60);
    options.patience = seconds(100'000);
    const auto policy = make_fixed_policy(1'000);
    const ReplayResult result = replay_day(days, 10, *policy, options);
    EXPECT_GE(result.wait_max, seconds(58));
    EXPECT_LE(result.wait_max, seconds(61));
    EXPECT_EQ(result.most_workers, 1'000U);
}

TEST(ScalingPolicy, EachKeepsToItsBounds) {
    const FleetBounds bounds{2, 20, 10};
    const std::vector<unsigned> minutes(100, 1'000);
    const FleetView idle{0, 0, 2, {}};
    const FleetView flooded{5'000, 5'000, 2, minutes};
    for (auto* const make :
         {+[](const FleetBounds& each) { return make_queue_policy(each); },
          +[](const FleetBounds& each) { return make_load_policy(each); },
          +[](const FleetBounds& each) { return make_forecast_policy(each, {}); }}) {
        const auto policy = make(bounds);
        EXPECT_EQ(policy->wanted(idle), 2U) << policy->name();
        EXPECT_EQ(policy->wanted(flooded), 20U) << policy->name();
    }
    EXPECT_EQ(make_queue_policy(bounds)->wanted({11, 0, 2, {}}), 3U) << "one for each five";
    EXPECT_EQ(make_load_policy(bounds)->wanted({0, 96, 2, {}}), 11U) << "calls, and five more";
}

}  // namespace
}  // namespace studio::core
