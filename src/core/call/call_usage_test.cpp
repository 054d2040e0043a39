#include "core/call/call_usage.hpp"

#include <gtest/gtest.h>

namespace studio::core {
namespace {

StageUsage model_line(std::uint64_t requests) {
    StageUsage line{UsageStage::llm, "acme", "small", "waiter"};
    line.amounts = {.requests = requests, .input_tokens = 100 * requests, .output_tokens = 7};
    for (std::uint64_t index = 0; index < requests; ++index) {
        line.add_latency(milliseconds{300});
    }
    return line;
}

TEST(CallUsage, WhatIsKeptIsReadAgain) {
    std::vector<StageUsage> usage{model_line(3)};
    usage.push_back({UsageStage::tts, "local", "", "waiter", {.characters = 12, .audio_ms = 800}});
    usage.push_back({UsageStage::turn, "", "", "waiter"});
    EXPECT_EQ(usage_from_json(usage_to_json(usage)), usage);
}

TEST(CallUsage, WhatIsNoneOfOursIsLeftOut) {
    EXPECT_TRUE(usage_from_json(*parse_json("{}")).empty());
    EXPECT_TRUE(usage_from_json(*parse_json(R"([1,{"stage":"x"},null])")).empty());
    const auto odd = usage_from_json(
        *parse_json(R"([{"stage":"stt","provider":7,"requests":-1,"audio_ms":"x"}])"));
    ASSERT_EQ(odd.size(), 1U);
    EXPECT_EQ(odd.front().amounts, UsageAmounts{});
}

TEST(CallUsage, OfTwoAccountsTheFullerOneCountsOnce) {
    std::vector<StageUsage> usage{model_line(2)};
    merge_usage(usage, {model_line(5), {UsageStage::stt, "local", "", "waiter"}});
    ASSERT_EQ(usage.size(), 2U);
    EXPECT_EQ(usage.front(), model_line(5));
    merge_usage(usage, {model_line(4)});
    EXPECT_EQ(usage.front(), model_line(5));
}

TEST(CallUsage, ACallKeepsSoManyLinesAndNoMore) {
    std::vector<StageUsage> usage;
    for (std::size_t index = 0; index < call_usage_max; ++index) {
        ASSERT_NE(usage_line(usage, {UsageStage::stt, "local", std::to_string(index), "a"}),
                  nullptr);
    }
    EXPECT_EQ(usage_line(usage, {UsageStage::stt, "local", "more", "a"}), nullptr);
    EXPECT_NE(usage_line(usage, {UsageStage::stt, "local", "3", "a"}), nullptr);
}

}  // namespace
}  // namespace studio::core
