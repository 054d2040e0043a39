#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "adapters/scripted/internal/script.hpp"

namespace studio::adapters {
namespace {

/// What a script answers to the last of several things said, its own answers between them.
std::vector<std::string> converse(const char* options, const std::vector<std::string>& said) {
    const auto script = Script::parse(parse_json(options).value());
    EXPECT_TRUE(script) << (script ? "" : script.error().front().field);
    std::vector<ModelMessage> messages;
    std::vector<std::string> answers;
    for (const std::string& text : said) {
        messages.push_back({ModelRole::user, text, {}, {}});
        answers.push_back(script->answer(messages).text);
        messages.push_back({ModelRole::assistant, answers.back(), {}, {}});
    }
    return answers;
}

using Answers = std::vector<std::string>;

TEST(Script, OneWordFillsOneSlot) {
    constexpr const char* script = R"({
        "slots": {"people": {"patterns": ["for {number} people"]},
                  "time": {"patterns": ["at {hour}"], "asked": ["{hour}"]}},
        "rules": [{"when": {"missing": "time"}, "say": "when? {{slots.people}}", "ask": "time"},
                  {"say": "{{slots.people}} {{slots.time}}"}]})";
    EXPECT_EQ(converse(script, {"hello", "no for four people", "five"}),
              (Answers{"when? ", "when? 4", "4 five o'clock"}));
}

TEST(Script, WhatIsAskedForStaysAskedUntilItIsFilled) {
    constexpr const char* script = R"({
        "slots": {"n": {"asked": ["{number}"]}},
        "rules": [{"when": {"said": "open"}, "say": "always"},
                  {"when": {"missing": "n"}, "say": "how many?", "ask": "n"},
                  {"say": "{{slots.n}}"}]})";
    EXPECT_EQ(converse(script, {"three", "are you open", "four", "five"}),
              (Answers{"how many?", "always", "4", "4"}));
}

TEST(Script, ASlotMayBeKeptEmpty) {
    constexpr const char* script = R"({
        "slots": {"wish": {"patterns": ["book"], "unless": ["not"], "not_in": ["quiet"]}},
        "rules": [{"when": {"filled": "wish"}, "say": "yes"},
                  {"when": {"said": "hush"}, "say": "hm", "then": "quiet"},
                  {"say": "no"}]})";
    EXPECT_EQ(converse(script, {"do not book", "hush", "book"}), (Answers{"no", "hm", "no"}));
    EXPECT_EQ(converse(script, {"book"}), (Answers{"yes"}));
}

TEST(Script, CountsWhatItDidNotUnderstand) {
    constexpr const char* script = R"({
        "slots": {"n": {"patterns": ["{number}"]}},
        "rules": [{"when": {"said": "hello"}, "say": "hi"},
                  {"when": {"misses": 2}, "say": "help", "goes_on": true},
                  {"when": {"missing": "n"}, "say": "how many?"},
                  {"say": "{{slots.n}}"}]})";
    EXPECT_EQ(converse(script, {"x", "y", "hello", "z", "z", "two", "x", "x"}),
              (Answers{"how many?", "help how many?", "hi", "how many?", "help how many?", "2", "2",
                       "help 2"}));
}

TEST(Script, GoesOnWithARuleThatListensToNothing) {
    constexpr const char* script = R"({
        "rules": [{"when": {"said": "open"}, "say": "always.", "goes_on": true},
                  {"when": {"said": "are"}, "say": "not this"},
                  {"when": {"misses": 1}, "say": "nor this"},
                  {"when": {"state": "asks"}, "say": "well?"}],
        "otherwise": "nor that"})";
    EXPECT_EQ(converse(script, {"are you open", "are you"}), (Answers{"always.", "not this"}));
}

TEST(Script, KnowsWhatChangedAndWhatMustNotBeSaid) {
    constexpr const char* script = R"({
        "slots": {"n": {"patterns": ["{number}"]}},
        "rules": [{"when": {"said": "yes", "not_said": ["not", "wait"], "changed": false},
                   "say": "done"},
                  {"when": {"changed": true}, "say": "so {{slots.n}}?"},
                  {"say": "hm"}]})";
    EXPECT_EQ(converse(script, {"two", "yes but three", "yes not", "wait yes", "yes three"}),
              (Answers{"so 2?", "so 3?", "hm", "hm", "done"}));
}

TEST(Script, TemplatesSeeWhatWasSaidAndWhatWasAnswered) {
    constexpr const char* script = R"({
        "rules": [{"when": {"said": "again"}, "say": "{{last}}"}, {"say": "You said: {{said}}"}]})";
    EXPECT_EQ(
        converse(script, {"Mary, please", "again", "again"}),
        (Answers{"You said: Mary, please", "You said: Mary, please", "You said: Mary, please"}));
}

TEST(Script, ErrorsOfTheNewMembersHavePaths) {
    const auto script = Script::parse(parse_json(R"({
        "slots": {"a": {"patterns": ["x"], "unless": ["A"], "not_in": [3]}},
        "rules": [{"when": {"not_said": "(", "misses": -1, "changed": "no"}, "say": "x",
                   "goes_on": 1}]})")
                                          .value());
    ASSERT_FALSE(script);
    std::vector<std::string> paths;
    for (const core::FieldError& error : script.error()) {
        paths.push_back(error.field);
    }
    EXPECT_EQ(paths, (std::vector<std::string>{"slots.a.unless[0]", "slots.a.not_in[0]",
                                               "rules[0].when.not_said[0]", "rules[0].when.misses",
                                               "rules[0].when.changed", "rules[0].goes_on"}));
}

}  // namespace
}  // namespace studio::adapters
