#include "services/analytics/analytics_range.hpp"

#include <gtest/gtest.h>

#include "base/rfc3339.hpp"

namespace studio::services {
namespace {

WallTime at(std::string_view text) {
    return *parse_rfc3339(text);
}

const WallTime now = at("2026-11-28T10:30:00Z");

std::string resolved(const AskedRange& asked) {
    const auto range = resolve_range(asked, now);
    if (!range) {
        return range.error().front().field;
    }
    return to_rfc3339(range->from).substr(0, 16) + ' ' + to_rfc3339(range->to).substr(0, 16);
}

TEST(AnalyticsRange, APeriodEndsWithTheHourThatIsUnderWay) {
    EXPECT_EQ(resolved({}), "2026-11-27T10:00 2026-11-28T11:00");
    EXPECT_EQ(resolved({.period = "24h"}), resolved({}));
    EXPECT_EQ(resolved({.period = "1h"}), "2026-11-28T09:00 2026-11-28T11:00");
    EXPECT_EQ(resolved({.period = "7d"}), "2026-11-21T10:00 2026-11-28T11:00");
    EXPECT_EQ(resolved({.period = "30d"}), "2026-10-29T10:00 2026-11-28T11:00");
    EXPECT_EQ(resolved({.period = "2d"}), "period");
}

TEST(AnalyticsRange, MomentsAreWidenedToWholeHours) {
    EXPECT_EQ(resolved({.after = at("2026-01-01"), .before = at("2026-02-01")}),
              "2026-01-01T00:00 2026-02-01T00:00");
    EXPECT_EQ(resolved({.after = at("2026-01-01T00:59:59Z"), .before = at("2026-01-01T01:00:01Z")}),
              "2026-01-01T00:00 2026-01-01T02:00");
    EXPECT_EQ(resolved({.after = at("2026-11-20")}), "2026-11-20T00:00 2026-11-28T11:00");
    EXPECT_EQ(resolved({.before = at("2026-11-20")}), "2026-11-19T00:00 2026-11-20T00:00");
}

TEST(AnalyticsRange, WhatIsNoRangeIsToldByItsField) {
    EXPECT_EQ(resolved({.period = "1h", .after = at("2026-11-20")}), "period");
    EXPECT_EQ(resolved({.after = at("2026-11-20"), .before = at("2026-11-20")}), "started_before");
    EXPECT_EQ(resolved({.after = at("2025-01-01")}), "started_after");
    EXPECT_EQ(resolved({.after = at("2024-01-01"), .before = at("2025-01-01")}),
              "2024-01-01T00:00 2025-01-01T00:00");
    // Later than now: an hour in which nothing can have happened.
    EXPECT_EQ(resolved({.after = at("2027-01-01")}), "2027-01-01T00:00 2027-01-01T01:00");
}

}  // namespace
}  // namespace studio::services
