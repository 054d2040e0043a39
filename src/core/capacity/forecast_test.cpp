#include "core/capacity/forecast.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/capacity/day.hpp"

namespace studio::core {
namespace {

/// Quiet but for two hours from 10:00 on.
unsigned usual(std::size_t minute) {
    const std::size_t of_day = minute % minutes_of_a_day;
    return of_day >= 600 && of_day < 720 ? 6U : 1U;
}

std::vector<unsigned> days(std::size_t minutes, unsigned times = 1) {
    std::vector<unsigned> record;
    for (std::size_t minute = 0; minute < minutes; ++minute) {
        record.push_back(usual(minute) * times);
    }
    return record;
}

TEST(Forecast, TheComingHourIsLikeThatOfEarlierDays) {
    const auto record = days(3 * minutes_of_a_day + 600);
    const Forecast forecast = forecast_arrivals(record, 60);
    EXPECT_EQ(forecast.days, 3U);
    EXPECT_NEAR(forecast.level, 1.0, 0.05);
    EXPECT_NEAR(forecast.arrivals[30], 6.0, 0.3) << "though it was quiet until now";
    EXPECT_NEAR(forecast.busiest(15), 6.0, 0.3);
}

TEST(Forecast, ADayThatIsTwiceAsBusyStaysSo) {
    auto record = days(2 * minutes_of_a_day);
    const auto today = days(660, 2);
    record.insert(record.end(), today.begin(), today.end());
    const Forecast forecast = forecast_arrivals(record, 30);
    EXPECT_NEAR(forecast.level, 2.0, 0.1);
    EXPECT_NEAR(forecast.arrivals[10], 12.0, 0.7);
}

TEST(Forecast, FewCallsSayLittleAboutTheLevel) {
    std::vector<unsigned> record(minutes_of_a_day + 60, 0);
    record[minutes_of_a_day + 30] = 3;
    EXPECT_LT(forecast_arrivals(record, 1).level, 1.4);
}

TEST(Forecast, FromAWeekOnTheDayOfTheWeekCounts) {
    // Six quiet days, then one with calls; the eighth is the first's day of the week again.
    std::vector<unsigned> record(8 * minutes_of_a_day, 1);
    for (std::size_t minute = 6 * minutes_of_a_day; minute < 7 * minutes_of_a_day; ++minute) {
        record[minute] = 50;
    }
    const Forecast forecast = forecast_arrivals(record, 10);
    EXPECT_NEAR(forecast.arrivals[5], 1.0, 0.1);
}

TEST(Forecast, WithoutEarlierDaysTheLastMinutesGoOn) {
    std::vector<unsigned> record(100, 0);
    std::fill(record.end() - 30, record.end(), 4);
    const Forecast forecast = forecast_arrivals(record, 5);
    EXPECT_EQ(forecast.days, 0U);
    EXPECT_EQ(forecast.arrivals, std::vector<double>(5, 4.0));
    EXPECT_EQ(forecast.sum(), 20.0);
    EXPECT_EQ(forecast_arrivals({}, 3).sum(), 0.0);
}

TEST(Forecast, TheBusiestWindowIsFoundWhereverItIs) {
    Forecast forecast;
    forecast.arrivals = {1, 1, 8, 8, 1};
    EXPECT_EQ(forecast.busiest(2), 8.0);
    EXPECT_EQ(forecast.busiest(100), 19.0 / 5.0);
    EXPECT_EQ(Forecast().busiest(5), 0.0);
}

TEST(Forecast, CautionIsForChance) {
    EXPECT_EQ(cautious(0.0), 0.0);
    EXPECT_NEAR(cautious(100.0), 116.45, 0.01);
}

}  // namespace
}  // namespace studio::core
