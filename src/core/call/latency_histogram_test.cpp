#include "core/call/latency_histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace studio::core {
namespace {

double true_quantile_ms(std::vector<std::int64_t> all_us, double rank) {
    std::sort(all_us.begin(), all_us.end());
    const auto wanted =
        static_cast<std::size_t>(std::ceil(rank * static_cast<double>(all_us.size())));
    return static_cast<double>(all_us[std::max<std::size_t>(1, wanted) - 1]) / 1'000.0;
}

TEST(LatencyHistogram, BinsFollowEachOtherWithoutAGap) {
    LatencyHistogram::Bin last = 0;
    for (std::int64_t us = 0; us < 40'000'000; us += us < 100'000 ? 50 : 1'700) {
        const auto bin = LatencyHistogram::bin_of(microseconds{us});
        ASSERT_TRUE(bin == last || bin == last + 1) << us;
        last = bin;
    }
    EXPECT_EQ(LatencyHistogram::bin_of(microseconds{-5}), 0);
    EXPECT_EQ(LatencyHistogram::bin_of(std::chrono::hours{100}), LatencyHistogram::bins_max - 1);
}

/// The bound that the header states, for each value by itself.
TEST(LatencyHistogram, TheMiddleOfABinIsNearAllThatItCounts) {
    for (std::int64_t us = 1; us < 6'000'000'000; us += 1 + us / 777) {
        const double told = LatencyHistogram::middle_ms(LatencyHistogram::bin_of(microseconds{us}));
        const double true_ms = static_cast<double>(us) / 1'000.0;
        ASSERT_LE(std::abs(told - true_ms), std::max(true_ms / 32.0, 0.05) + 1e-9) << us;
    }
}

TEST(LatencyHistogram, QuantilesOfSumsAreWithinTheirBound) {
    std::mt19937 random(7);
    std::lognormal_distribution<double> slow(13.0, 0.6);
    std::uniform_int_distribution<std::int64_t> quick(0, 90'000);
    std::vector<std::int64_t> all;
    std::vector<LatencyHistogram> parts(40);
    for (std::size_t index = 0; index < 20'000; ++index) {
        const std::int64_t us =
            index % 3 == 0 ? quick(random) : static_cast<std::int64_t>(slow(random));
        all.push_back(us);
        parts[index % parts.size()].add(microseconds{us});
    }
    LatencyHistogram sum;
    for (const LatencyHistogram& part : parts) {
        sum.merge(histogram_from_json(histogram_to_json(part)));
    }
    EXPECT_EQ(sum.count(), all.size());
    for (const double rank : {0.001, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0}) {
        const double expected = true_quantile_ms(all, rank);
        EXPECT_NEAR(*sum.quantile_ms(rank), expected, std::max(expected / 32.0, 0.05)) << rank;
    }
}

TEST(LatencyHistogram, NothingCountedTellsNothingAndOneTellsItself) {
    LatencyHistogram histogram;
    EXPECT_FALSE(histogram.quantile_ms(0.5));
    histogram.add(milliseconds{200});
    EXPECT_NEAR(*histogram.quantile_ms(0.0), 200.0, 200.0 / 32.0);
    EXPECT_EQ(histogram.quantile_ms(0.99), histogram.quantile_ms(0.01));
}

TEST(LatencyHistogram, WhatIsNoHistogramIsLeftOut) {
    for (const char* text : {"{}", "null", "[1]", "[-1,2]", "[1,-2]", "[\"1\",2]", "[99999,1]"}) {
        EXPECT_EQ(histogram_from_json(*parse_json(text)).count(), 0U) << text;
    }
    EXPECT_EQ(histogram_from_json(*parse_json("[3,2,\"x\",1,4,1]")).count(), 3U);
}

}  // namespace
}  // namespace studio::core
