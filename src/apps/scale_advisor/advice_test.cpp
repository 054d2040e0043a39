#include "apps/scale_advisor/advice.hpp"

#include <gmock/gmock.h>

#include "core/capacity/erlang.hpp"

namespace studio::apps {
namespace {

using ::testing::HasSubstr;

/// A call a minute, and a campaign's half hour from 14:00 on.
core::RecordedDays campaign_day() {
    core::RecordedDays day;
    day.arrivals.assign(core::minutes_of_a_day, 1);
    day.holding.assign(core::minutes_of_a_day, seconds(120));
    for (std::size_t minute = 840; minute < 870; ++minute) {
        day.arrivals[minute] = 40;
    }
    return day;
}

ScaleAdvisorConfig day_config() {
    ScaleAdvisorConfig config;
    config.day = "day.csv";
    return config;
}

TEST(ScaleAdvice, TheNextHourKeepsThePromiseAndOneWorkerLessDoesNot) {
    core::RecordedDays record = campaign_day();
    const core::RecordedDays today = campaign_day();
    record.arrivals.insert(record.arrivals.end(), today.arrivals.begin(), today.arrivals.end());
    record.holding.insert(record.holding.end(), today.holding.begin(), today.holding.end());
    const ScaleAdvisorConfig config = day_config();
    const HourAdvice advice = advise_hour(record, core::minutes_of_a_day + 840, config);
    EXPECT_EQ(advice.days, 1U);
    EXPECT_NEAR(advice.busiest_minute, 40.0, 4.0);
    EXPECT_GT(advice.cautious_minute, advice.busiest_minute);
    EXPECT_NEAR(advice.load, advice.cautious_minute * 2.0, 1e-9);
    EXPECT_LE(advice.beyond, 0.01);
    EXPECT_GT(advice.beyond_with_less, 0.01);
    EXPECT_EQ(core::clock_of(advice.from_minute), "14:00");
}

TEST(ScaleAdvice, LiveFiguresGoOnAndGiveTheLengthOfACall) {
    ScaleAdvisorConfig config;
    LiveFigures live;
    live.arrivals_per_minute = 10.0;
    live.active = 30.0;
    live.measured_for = seconds(600);
    const HourAdvice known = advise_live(live, config);
    EXPECT_EQ(known.holding, config.holding) << "nothing else says it";
    live.holding = seconds(60);
    const HourAdvice shorter = advise_live(live, config);
    EXPECT_EQ(shorter.holding, seconds(60));
    EXPECT_LT(shorter.workers, known.workers);
    EXPECT_NEAR(shorter.calls, 600.0, 1e-9);
}

TEST(ScaleAdvice, TheCampaignIsWhatThePoliciesDifferIn) {
    const std::vector<PolicyAdvice> tried = try_policies(campaign_day(), 0, day_config());
    ASSERT_EQ(tried.size(), 5U);
    EXPECT_EQ(tried[0].name, "2 workers");
    EXPECT_GT(tried[0].result.lost, 500U);
    EXPECT_EQ(tried[1].result.lost + tried[1].result.cut, 0U) << "enough for the peak, all day";
    EXPECT_GT(tried[1].result.worker_hours, 4.0 * tried[3].result.worker_hours);
    EXPECT_EQ(tried[2].name, "queue");
    EXPECT_GT(tried[2].result.lost, tried[3].result.lost) << "what is held is no part of it";
    EXPECT_EQ(tried[3].name, "load");
    EXPECT_EQ(tried[3].result.cut, 0U);
}

TEST(ScaleAdvice, TheDayAnswersTheFirstTwoTriggers) {
    core::TriggerFigures figures = day_figures(campaign_day(), 0, day_config());
    EXPECT_NEAR(*figures.busiest_hour_calls, (30.0 * 40.0 + 30.0) / 60.0 * 2.0, 1.0);
    EXPECT_EQ(figures.rise_from, 2U);
    EXPECT_EQ(figures.rise_to, *figures.most_workers);
    ScaleAdvisorConfig config = day_config();
    config.regions = 1;
    config.isolation = "false";
    add_told(figures, config);
    const auto triggers = core::evaluate_triggers(figures);
    EXPECT_EQ(triggers[1].state, core::TriggerState::met) << triggers[1].reason;
    EXPECT_EQ(triggers[3].state, core::TriggerState::no);
    EXPECT_EQ(triggers[4].state, core::TriggerState::unknown);
    EXPECT_THAT(describe_triggers(triggers), HasSubstr("So consider it."));
}

TEST(ScaleAdvice, TheBusiestHourBeginsAtAQuarter) {
    EXPECT_EQ(busiest_hour(campaign_day(), 0), 810U) << "13:30, with all of the campaign";
}

TEST(ScaleAdvice, IsTheSameInWords) {
    const ScaleAdvisorConfig config = day_config();
    const std::string text = describe_hour(advise_hour(campaign_day(), 840, config), config);
    EXPECT_THAT(text, HasSubstr("The next hour, from 14:00 on"));
    EXPECT_THAT(text, HasSubstr("no earlier days"));
    EXPECT_THAT(text, HasSubstr("99 % to wait no longer than 2 s (Erlang C)"));
    EXPECT_THAT(describe_live({.arrivals_per_minute = 3.0,
                               .active = 4.0,
                               .waiting = 2.0,
                               .oldest_seconds = 1.0,
                               .measured_for = seconds(60),
                               .holding = seconds(0)}),
                HasSubstr("calls wait         2, the oldest for 1 s"));
}

TEST(ScaleAdvisorConfig, SaysWhatIsWrong) {
    EXPECT_FALSE(ScaleAdvisorConfig().validate());
    ScaleAdvisorConfig config = day_config();
    EXPECT_TRUE(config.validate());
    config.at = "25:00";
    EXPECT_FALSE(config.validate());
    config.at = "14:30";
    EXPECT_TRUE(config.validate());
    config.urls.emplace_back("http://localhost:8000");
    EXPECT_FALSE(config.validate());
    config = day_config();
    config.workers_max = 1;
    EXPECT_FALSE(config.validate());
    config = {};
    config.urls.emplace_back("http://localhost:8000");
    EXPECT_TRUE(config.validate());
    config.history = "x.csv";
    EXPECT_FALSE(config.validate());
}

}  // namespace
}  // namespace studio::apps
