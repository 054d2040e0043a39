#include "core/capacity/erlang.hpp"

#include <gtest/gtest.h>

namespace studio::core {
namespace {

TEST(Erlang, BlockingIsAsInThePublishedTables) {
    // Erlang B tables as every handbook of teletraffic prints them: load at which 1 % is blocked.
    EXPECT_NEAR(erlang_b(1, 0.0101), 0.01, 0.0001);
    EXPECT_NEAR(erlang_b(5, 1.36), 0.01, 0.0001);
    EXPECT_NEAR(erlang_b(10, 4.46), 0.01, 0.0001);
    EXPECT_NEAR(erlang_b(20, 12.03), 0.01, 0.0001);
    EXPECT_NEAR(erlang_b(50, 37.90), 0.01, 0.0001);
    EXPECT_NEAR(erlang_b(100, 84.06), 0.01, 0.0001);
}

TEST(Erlang, WaitingIsAsInTheExampleOfHillierAndLieberman) {
    // Introduction to Operations Research, chapter Queueing Theory, County Hospital: 2 patients an
    // hour, 20 minutes each. One doctor: 0.667 wait, 40 minutes on the average, 0.404 longer than
    // half an hour. Two: 0.167, 2.5 minutes, 0.022.
    const seconds holding{1'200};
    const double load = offered_load(2.0 / 3'600.0, holding);
    EXPECT_NEAR(load, 2.0 / 3.0, 1e-9);
    EXPECT_NEAR(erlang_c(1, load), 0.667, 0.0005);
    EXPECT_NEAR(erlang_c(2, load), 0.167, 0.0005);
    EXPECT_EQ(mean_wait(1, load, holding), seconds(2'400));
    EXPECT_EQ(mean_wait(2, load, holding), seconds(150));
    EXPECT_NEAR(share_beyond(1, load, holding, seconds(1'800)), 0.404, 0.0005);
    EXPECT_NEAR(share_beyond(2, load, holding, seconds(1'800)), 0.022, 0.0006);
}

TEST(Erlang, WaitingOfTwoPlacesIsItsClosedForm) {
    for (const double rho : {0.1, 0.5, 0.75, 0.99}) {
        EXPECT_NEAR(erlang_c(2, 2.0 * rho), 2.0 * rho * rho / (1.0 + rho), 1e-12);
        EXPECT_NEAR(erlang_c(1, rho), rho, 1e-12);
    }
}

TEST(Erlang, WhatIsTooMuchWaitsForEver) {
    EXPECT_EQ(erlang_c(10, 10.0), 1.0);
    EXPECT_EQ(erlang_c(10, 11.0), 1.0);
    EXPECT_EQ(mean_wait(10, 10.0, seconds(60)), seconds::max());
    EXPECT_EQ(share_beyond(10, 12.0, seconds(60), seconds(3'600)), 1.0);
    EXPECT_EQ(erlang_c(0, 1.0), 1.0);
}

TEST(Erlang, WithoutCallsNothingIsNeeded) {
    EXPECT_EQ(erlang_b(0, 0.0), 0.0);
    EXPECT_EQ(erlang_c(0, 0.0), 0.0);
    EXPECT_EQ(mean_wait(0, 0.0, seconds(60)), seconds(0));
    EXPECT_EQ(places_needed(0.0, seconds(60), {}), 0U);
}

TEST(Erlang, PlacesNeededAreTheFewestThatKeepThePromise) {
    const ServiceGoal goal{0.99, seconds(2)};
    for (const double load : {0.5, 7.0, 100.0, 2'000.0}) {
        const unsigned places = places_needed(load, seconds(180), goal);
        EXPECT_LE(share_beyond(places, load, seconds(180), goal.limit), 0.01);
        EXPECT_GT(share_beyond(places - 1, load, seconds(180), goal.limit), 0.01);
    }
    EXPECT_EQ(places_needed(50.0, seconds(180), goal, 40), 40U) << "no more than is looked at";
}

TEST(Erlang, LargePoolsNeedRelativelyLess) {
    const ServiceGoal goal;
    const double small = places_needed(10.0, seconds(180), goal) / 10.0;
    const double large = places_needed(1'000.0, seconds(180), goal) / 1'000.0;
    EXPECT_GT(small, 1.6);
    EXPECT_LT(large, 1.1);
}

TEST(Erlang, WorkersHoldWholePlaces) {
    EXPECT_EQ(workers_for(0, 10), 0U);
    EXPECT_EQ(workers_for(1, 10), 1U);
    EXPECT_EQ(workers_for(10, 10), 1U);
    EXPECT_EQ(workers_for(11, 10), 2U);
    EXPECT_EQ(workers_for(7, 0), 7U) << "a worker holds one at least";
}

}  // namespace
}  // namespace studio::core
