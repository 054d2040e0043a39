#include "core/agent/agent_config.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/agent/names.hpp"

namespace studio::core {
namespace {

Json json(std::string_view text) {
    return parse_json(text).value();
}

constexpr std::string_view full = R"({
    "prompt": {"system": "Speak {{user.language_name}}.", "greeting": "Hi {{name}}",
               "greeting_interruptible": false,
               "variables": [{"name": "name", "default": "there"}, {"name": "user.x"}]},
    "stt": {"provider": "deepgram", "model": "nova-3", "language": "multi",
            "interim_results": false, "options": {"x": 1}},
    "tts": {"provider": "cartesia", "model": "sonic-3", "voice_id": "{{user.voice_id}}",
            "voices": {"en": "a", "hi": "b"}, "options": {"emotion": ["calm"], "speed": 1.1}},
    "llm": {"provider": "openai", "model": "gpt", "temperature": 0.5, "first_token_timeout": 25},
    "vad": {"activation_threshold": 0.6},
    "session": {"min_endpointing_delay": 0.3, "auto_disconnect_timeout": 300,
                "reprompt_delay": 0, "max_call_duration": 600.5,
                "dictation_delay": 3.5, "timezone": "Europe/Berlin",
                "filler": "Hm."},
    "tools": ["collect_meal_info", "finish_call"],
    "handoffs": [{"target_agent": "feedback-agent", "conditions": ["all_meals_logged"]}],
    "languages": ["hi", "en"], "default_language": "hi"})";

TEST(AgentConfig, ReadsEveryField) {
    const auto config = parse_agent_config(json(full));
    ASSERT_TRUE(config) << config.error().front().field << config.error().front().message;
    EXPECT_EQ(config->prompt.greeting, "Hi {{name}}");
    EXPECT_FALSE(config->prompt.greeting_interruptible);
    EXPECT_EQ(config->prompt.variables[0].default_value, "there");
    EXPECT_EQ(config->stt.language, "multi");
    EXPECT_EQ(config->tts.voices.at("hi"), "b");
    EXPECT_EQ(config->llm.temperature, 0.5);
    EXPECT_EQ(config->llm.first_token_timeout, seconds(25));
    EXPECT_EQ(config->session.filler, "Hm.");
    EXPECT_EQ(config->session.min_endpointing_delay, milliseconds(300));
    EXPECT_EQ(config->session.auto_disconnect_timeout, seconds(300));
    EXPECT_EQ(config->session.max_call_duration, milliseconds(600'500));
    EXPECT_EQ(config->session.dictation_delay, milliseconds(3'500));
    EXPECT_EQ(config->session.timezone, "Europe/Berlin");
    EXPECT_EQ(config->tools.size(), 2U);
    EXPECT_EQ(config->handoffs[0].conditions[0], "all_meals_logged");
    EXPECT_EQ(config->default_language, "hi");
}

TEST(AgentConfig, SaysHowTurnsAreTaken) {
    const auto read = [](const char* session) {
        return parse_agent_config(
            json(std::string(R"({"prompt": {"system": "x"}, "session": )") + session + "}"));
    };
    const auto least = read("{}");
    ASSERT_TRUE(least);
    EXPECT_EQ(least->session.interruptions, Interruptions::normal);
    EXPECT_EQ(least->session.early_answers, EarlyAnswers::automatic);
    EXPECT_FALSE(least->session.turn_model);
    const auto given =
        read(R"({"interruptions": "patient", "early_answers": "on", "turn_model": true})");
    ASSERT_TRUE(given);
    EXPECT_EQ(given->session.interruptions, Interruptions::patient);
    EXPECT_EQ(given->session.early_answers, EarlyAnswers::on);
    EXPECT_TRUE(given->session.turn_model);
    const auto again = parse_agent_config(to_json(*given));
    ASSERT_TRUE(again);
    EXPECT_EQ(to_json(*again), to_json(*given));
    const auto wrong =
        read(R"({"interruptions": "never", "early_answers": true, "turn_model": "on"})");
    ASSERT_FALSE(wrong);
    ASSERT_EQ(wrong.error().size(), 3U);
    EXPECT_EQ(wrong.error()[0].field, "config.session.interruptions");
    EXPECT_EQ(wrong.error()[0].message, "must be eager, normal, patient or off");
    EXPECT_EQ(wrong.error()[1].field, "config.session.early_answers");
    EXPECT_EQ(wrong.error()[2].field, "config.session.turn_model");
}

TEST(AgentConfig, LeastIsASystemPrompt) {
    const auto config = parse_agent_config(json(R"({"prompt": {"system": "x"}})"));
    ASSERT_TRUE(config);
    EXPECT_EQ(config->stt.provider, "local");
    EXPECT_EQ(config->tts.provider, "local");
    EXPECT_EQ(config->session.max_endpointing_delay, milliseconds(1500));
}

TEST(AgentConfig, WrittenAndReadAgainIsTheSame) {
    const auto config = parse_agent_config(json(full));
    ASSERT_TRUE(config);
    const Json written = to_json(*config);
    const auto again = parse_agent_config(json(serialize_json(written)));
    ASSERT_TRUE(again);
    EXPECT_EQ(to_json(*again), written);
}

TEST(AgentConfig, EveryWrongFieldIsReportedByItsPath) {
    const auto config = parse_agent_config(json(R"({
        "prompt": {"system": " ", "greeting": "{{", "sytem": 1, "variables": [{"default": 1}]},
        "stt": {"language": "english please"}, "tts": {"voices": {"??": "x"}},
        "llm": {"temperature": 2.5, "options": []}, "vad": {"provider": "silero"},
        "session": {"min_endpointing_delay": "0.3", "auto_disconnect_timeout": 1,
                    "reprompts_max": 1.5, "max_endpointing_delay": 0.2},
        "tools": ["Bad Name", "a", "a", 3], "handoffs": [{"target_agent": "No"}],
        "languages": ["en"], "default_language": "hi", "extra": 1})"));
    ASSERT_FALSE(config);
    for (const char* field : {"config.prompt.system",
                              "config.prompt.greeting",
                              "config.prompt.sytem",
                              "config.prompt.variables[0].name",
                              "config.prompt.variables[0].default",
                              "config.stt.language",
                              "config.tts.voices.??",
                              "config.llm.temperature",
                              "config.llm.options",
                              "config.vad.provider",
                              "config.session.min_endpointing_delay",
                              "config.session.auto_disconnect_timeout",
                              "config.session.reprompts_max",
                              "config.session.max_endpointing_delay",
                              "config.tools[0]",
                              "config.tools[2]",
                              "config.tools[3]",
                              "config.handoffs[0].target_agent",
                              "config.default_language",
                              "config.extra"}) {
        EXPECT_EQ(std::count_if(config.error().begin(), config.error().end(),
                                [&](const FieldError& error) { return error.field == field; }),
                  1)
            << field;
    }
    EXPECT_EQ(config.error().size(), 20U);
}

TEST(AgentConfig, WhatIsNoObjectIsOneError) {
    for (const char* text : {"1", "[]", "null", "\"x\""}) {
        const auto config = parse_agent_config(json(text));
        ASSERT_FALSE(config) << text;
        EXPECT_EQ(config.error(), (std::vector<FieldError>{{"config", "must be an object"}}));
    }
    const auto empty = parse_agent_config(json("{}"), "");
    ASSERT_FALSE(empty);
    EXPECT_EQ(empty.error(), (std::vector<FieldError>{{"prompt.system", "is required"}}));
}

TEST(Names, Table) {
    for (const char* good : {"a", "restaurant", "order-desk-2"}) {
        EXPECT_TRUE(is_agent_name(good)) << good;
    }
    for (const char* bad : {"", "A", "2a", "a-", "-a", "a--b", "a_b", "a b", "a/b"}) {
        EXPECT_FALSE(is_agent_name(bad)) << bad;
    }
    EXPECT_FALSE(is_agent_name(std::string(64, 'a')));
    EXPECT_TRUE(is_tool_name("book_table2"));
    for (const char* bad : {"", "Book", "_a", "a-b", "a.b", "1"}) {
        EXPECT_FALSE(is_tool_name(bad)) << bad;
    }
    EXPECT_TRUE(is_language("en"));
    EXPECT_TRUE(is_language("en-IN"));
    EXPECT_FALSE(is_language("e"));
    EXPECT_FALSE(is_language("en-"));
}

}  // namespace
}  // namespace studio::core
