#include "core/capacity/day.hpp"

#include <gmock/gmock.h>

namespace studio::core {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(RecordedDay, IsReadWithItsGaps) {
    const auto days = parse_days(
        "minute,arrivals,holding_seconds\n# a morning\n00:01,3,120\r\n\n 4 , 1 \n00:05,0,0\n");
    ASSERT_TRUE(days) << days.error();
    EXPECT_THAT(days->arrivals, ElementsAre(0, 3, 0, 0, 1, 0));
    EXPECT_EQ(days->mean_holding(seconds(60)), seconds(120)) << "of those that are known";
}

TEST(RecordedDay, ALengthThatNobodyKnowsIsTheOneThatIsTold) {
    const auto days = parse_days("0,5\n");
    ASSERT_TRUE(days);
    EXPECT_EQ(days->mean_holding(seconds(77)), seconds(77));
}

TEST(RecordedDay, SeveralDaysAreOneAfterTheOther) {
    const auto days = parse_days("23:59,1\n1440,2\n");
    ASSERT_TRUE(days);
    EXPECT_EQ(days->arrivals.size(), 1'441U);
    EXPECT_EQ(clock_of(1'440), "00:00");
    EXPECT_EQ(clock_of(485), "08:05");
}

TEST(RecordedDay, TheBusiestHourGoesByLittlesLaw) {
    std::string text;
    for (int minute = 0; minute < 180; ++minute) {
        text += std::to_string(minute) + (minute >= 60 && minute < 120 ? ",2,90\n" : ",0\n");
    }
    const auto days = parse_days(text);
    ASSERT_TRUE(days);
    EXPECT_NEAR(days->busiest_hour_load(seconds(1)), 2.0 / 60.0 * 90.0, 1e-9);
}

TEST(RecordedDay, WhatIsWrongIsToldWithItsLine) {
    const std::pair<const char*, const char*> samples[] = {
        {"", "no line"},
        {"minute,arrivals\n", "no line"},
        {"0,1\nx,1\n", "line 2: the minute"},
        {"24:00,1\n", "line 1: the minute"},
        {"50400,1\n", "line 1: the minute"},
        {"0\n", "arrivals"},
        {"0,-1\n", "arrivals"},
        {"0,1.5\n", "arrivals"},
        {"0,100001\n", "arrivals"},
        {"0,1,86401\n", "holding_seconds"},
        {"0,1,2,3\n", "holding_seconds"},
        {"5,1\n5,1\n", "line 2: the minutes must ascend"},
    };
    for (const auto& [text, part] : samples) {
        const auto days = parse_days(text);
        ASSERT_FALSE(days) << text;
        EXPECT_THAT(days.error(), HasSubstr(part)) << text;
    }
    EXPECT_FALSE(parse_days(std::string(200'000, '\n'))) << "an endless file is refused";
}

}  // namespace
}  // namespace studio::core
