#include "core/analytics/time_span.hpp"

#include <gtest/gtest.h>

#include <random>

namespace studio::core {
namespace {

using std::chrono::hours;
using std::chrono::sys_days;
using namespace std::chrono_literals;

WallTime at(std::chrono::year_month_day date, hours hour = hours(0)) {
    return WallTime(sys_days(date)) + hour;
}

TEST(TimeSpan, SpansBeginAndEndByTheCalendarInUtc) {
    const WallTime leap = at(2028y / 2 / 29, hours(13)) + std::chrono::minutes(59);
    EXPECT_EQ(begin_of(TimeSpan::hour, leap), at(2028y / 2 / 29, hours(13)));
    EXPECT_EQ(begin_of(TimeSpan::day, leap), at(2028y / 2 / 29));
    EXPECT_EQ(begin_of(TimeSpan::month, leap), at(2028y / 2 / 1));
    EXPECT_EQ(end_of(TimeSpan::day, leap), at(2028y / 3 / 1));
    EXPECT_EQ(end_of(TimeSpan::month, leap), at(2028y / 3 / 1));
    EXPECT_EQ(end_of(TimeSpan::month, at(2026y / 12 / 31)), at(2027y / 1 / 1));
}

TEST(TimeSpan, AYearIsMonthsDaysAndHours) {
    const auto runs = cover(at(2026y / 1 / 30, hours(22)), at(2027y / 1 / 2, hours(3)));
    EXPECT_EQ(runs, (std::vector<SpanRun>{
                        {TimeSpan::hour, at(2026y / 1 / 30, hours(22)), at(2026y / 1 / 31)},
                        {TimeSpan::day, at(2026y / 1 / 31), at(2026y / 2 / 1)},
                        {TimeSpan::month, at(2026y / 2 / 1), at(2027y / 1 / 1)},
                        {TimeSpan::day, at(2027y / 1 / 1), at(2027y / 1 / 2)},
                        {TimeSpan::hour, at(2027y / 1 / 2), at(2027y / 1 / 2, hours(3))}}));
}

TEST(TimeSpan, ARangeIsWidenedToWholeSpans) {
    const WallTime inside = at(2026y / 5 / 5, hours(7)) + std::chrono::minutes(1);
    EXPECT_EQ(cover(inside, inside + 1ms),
              (std::vector<SpanRun>{
                  {TimeSpan::hour, at(2026y / 5 / 5, hours(7)), at(2026y / 5 / 5, hours(8))}}));
    EXPECT_EQ(cover(inside, inside + 1ms, TimeSpan::day, TimeSpan::day),
              (std::vector<SpanRun>{{TimeSpan::day, at(2026y / 5 / 5), at(2026y / 5 / 6)}}));
    EXPECT_TRUE(cover(inside, inside - hours(5)).empty());
}

TEST(TimeSpan, NoHourIsCountedTwiceOrForgotten) {
    std::mt19937 random(3);
    std::uniform_int_distribution<int> hour(0, 24 * 500);
    for (int round = 0; round < 300; ++round) {
        const WallTime from = at(2026y / 1 / 1, hours(hour(random)));
        const WallTime to = from + hours(hour(random));
        WallTime next = from;
        for (const SpanRun& run : cover(from, to)) {
            ASSERT_EQ(run.from, next);
            ASSERT_EQ(begin_of(run.span, run.from), run.from);
            ASSERT_EQ(begin_of(run.span, run.to), run.to);
            next = run.to;
        }
        ASSERT_EQ(next, to);
    }
}

}  // namespace
}  // namespace studio::core
