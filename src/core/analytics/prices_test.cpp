#include "core/analytics/prices.hpp"

#include <gtest/gtest.h>

namespace studio::core {
namespace {

constexpr const char* sample = R"({"currency":"EUR","prices":[
    {"stage":"llm","provider":"acme","model":"small","per_million_input_tokens":0.15,
     "per_million_output_tokens":0.6},
    {"stage":"llm","provider":"acme","per_million_input_tokens":10},
    {"stage":"stt","provider":"hark","per_audio_minute":0.0043},
    {"stage":"tts","provider":"acme","per_million_characters":15,"per_request":0.001}]})";

std::string problems(std::string_view text) {
    const auto parsed = parse_prices(*parse_json(text));
    std::string fields;
    if (!parsed) {
        for (const FieldError& error : parsed.error()) {
            fields += error.field + ' ';
        }
    }
    return fields;
}

TEST(Prices, AmountsCostWhatTheListSays) {
    const PriceList list = *parse_prices(*parse_json(sample));
    const UsageAmounts tokens{.requests = 9, .input_tokens = 1'000'000, .output_tokens = 500'000};
    EXPECT_EQ(cost_of(list, UsageStage::llm, "acme", "small", tokens), 450'000);
    EXPECT_EQ(cost_of(list, UsageStage::llm, "acme", "other", tokens), 10'000'000);
    EXPECT_EQ(cost_of(list, UsageStage::stt, "hark", "nova-3", {.audio_ms = 90'000}), 6'450);
    EXPECT_EQ(cost_of(list, UsageStage::tts, "acme", "", {.requests = 2, .characters = 1'000}),
              17'000);
    // Half a millionth counts as one.
    EXPECT_EQ(cost_of(list, UsageStage::llm, "acme", "small", {.input_tokens = 10}), 2);
    EXPECT_FALSE(cost_of(list, UsageStage::tts, "local", "", {.characters = 5}));
    EXPECT_FALSE(cost_of(list, UsageStage::llm, "hark", "nova-3", {.audio_ms = 5}));
}

TEST(Prices, AListIsWrittenAsItIsRead) {
    const PriceList list = *parse_prices(*parse_json(sample));
    EXPECT_EQ(to_json(*parse_prices(to_json(list))), to_json(list));
    EXPECT_EQ(to_json(list).at("prices").at(2).at("per_audio_minute"), 0.0043);
    EXPECT_EQ(to_json(*parse_prices(JsonObject{})),
              Json(JsonObject{{"currency", "USD"}, {"prices", JsonArray{}}}));
}

TEST(Prices, WhatIsWrongIsNamed) {
    EXPECT_EQ(problems(R"({"currency":"euro"})"), "currency ");
    EXPECT_EQ(problems(R"({"currency":"eur"})"), "currency ");
    EXPECT_EQ(problems(R"({"prices":{}})"), "prices ");
    EXPECT_EQ(problems(R"({"prices":[{"stage":"turn","provider":"x"}]})"), "prices[0].stage ");
    EXPECT_EQ(problems(R"({"prices":[{"stage":"stt"}]})"), "prices[0].provider ");
    EXPECT_EQ(problems(R"({"prices":[{"stage":"stt","provider":"x","per_request":-1}]})"),
              "prices[0].per_request ");
    EXPECT_EQ(problems(R"({"prices":[{"stage":"stt","provider":"x","per_minute":1}]})"),
              "prices[0].per_minute ");
    EXPECT_EQ(problems(R"({"prices":[{"stage":"stt","provider":"x"},
                                     {"stage":"stt","provider":"x"}]})"),
              "prices[1] ");
}

}  // namespace
}  // namespace studio::core
