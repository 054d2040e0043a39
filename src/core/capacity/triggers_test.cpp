#include "core/capacity/triggers.hpp"

#include <gtest/gtest.h>

namespace studio::core {
namespace {

TriggerState state_of(const TriggerFigures& figures, std::size_t row) {
    return evaluate_triggers(figures).at(row).state;
}

TEST(Triggers, AHundredCallsInTheBusiestHourIsTheBound) {
    TriggerFigures figures;
    EXPECT_EQ(state_of(figures, 0), TriggerState::unknown);
    for (const auto& [calls, state] :
         {std::pair{70.0, TriggerState::no}, std::pair{71.0, TriggerState::near},
          std::pair{100.0, TriggerState::near}, std::pair{101.0, TriggerState::met}}) {
        figures.busiest_hour_calls = calls;
        EXPECT_EQ(state_of(figures, 0), state) << calls;
    }
}

TEST(Triggers, WhatRisesFasterThanAPersonActsMustScaleByItself) {
    TriggerFigures figures;
    figures.least_workers = 2;
    figures.most_workers = 4;
    figures.rise_from = 3;
    figures.rise_to = 4;
    EXPECT_EQ(state_of(figures, 1), TriggerState::no);
    figures.most_workers = 5;
    EXPECT_EQ(state_of(figures, 1), TriggerState::near) << "a person can follow, and must";
    figures.rise_to = 5;
    EXPECT_EQ(state_of(figures, 1), TriggerState::met);
    figures.rise_from = 0;
    figures.rise_to = 1;
    EXPECT_EQ(state_of(figures, 1), TriggerState::near) << "one worker is no burst";
}

TEST(Triggers, WhatNobodyMeasuresIsTold) {
    TriggerFigures figures;
    for (const std::size_t row : {2U, 3U, 4U}) {
        EXPECT_EQ(state_of(figures, row), TriggerState::unknown);
    }
    figures.needs_isolation = true;
    figures.regions = 2;
    figures.has_experience = false;
    EXPECT_EQ(state_of(figures, 2), TriggerState::met);
    EXPECT_EQ(state_of(figures, 3), TriggerState::met);
    EXPECT_EQ(state_of(figures, 4), TriggerState::no);
    figures.needs_isolation = false;
    figures.regions = 1;
    EXPECT_EQ(state_of(figures, 2), TriggerState::no);
    EXPECT_EQ(state_of(figures, 3), TriggerState::no);
}

TEST(Triggers, ExperienceAloneIsNoReasonToMove) {
    TriggerFigures figures;
    figures.has_experience = true;
    EXPECT_FALSE(suggests_move(evaluate_triggers(figures)));
    figures.regions = 2;
    EXPECT_TRUE(suggests_move(evaluate_triggers(figures)));
    EXPECT_FALSE(suggests_move({}));
}

}  // namespace
}  // namespace studio::core
