#include <gtest/gtest.h>

#include <fstream>

#include "adapters/scripted/restaurant_conversation.hpp"
#include "adapters/scripted/scripted_language_model.hpp"

namespace studio::adapters {
namespace {

TEST(Restaurant, TheDemoCallersSentencesBookATable) {
    Conversation call;
    std::ifstream file(std::string(STUDIO_EXAMPLES) + "/restaurant/caller.txt");
    std::vector<std::string> answers;
    for (std::string line; std::getline(file, line);) {
        answers.push_back(call.say(line));
    }
    EXPECT_EQ(answers, (std::vector<std::string>{
                           "A table for 2, tomorrow evening, with pleasure. At what time?",
                           "And what is your name?",
                           "A table for 2, tomorrow evening at half past seven, for John Miller. "
                           "Shall I book it?",
                           "Your table is booked. The confirmation code is blue river 1.",
                           "Thank you for calling. We look forward to seeing you. Goodbye!"}));
    ASSERT_EQ(call.requests.size(), 1U);
    EXPECT_EQ(call.requests[0].url, "http://127.0.0.1:9/bookings");
    EXPECT_EQ(parse_json(call.requests[0].body).value(),
              parse_json(R"({"people": 2, "day": "tomorrow evening", "time": "half past seven",
                             "name": "John Miller"})")
                  .value());
    EXPECT_EQ(call.ended, "finished");
}

TEST(Restaurant, AsksForWhatIsMissingAndTakesShortAnswers) {
    Conversation call;
    EXPECT_EQ(call.say("hello there"),
              "I am sorry, I did not understand. Would you like to book a table?");
    EXPECT_EQ(call.say("I want to reserve a table."), "With pleasure. For how many people?");
    EXPECT_EQ(call.say("uh"), "How many people will come?");
    EXPECT_EQ(call.say("four"), "On which day?");
    EXPECT_EQ(call.say("next friday"), "A table for 4, next friday, with pleasure. At what time?");
    EXPECT_EQ(call.say("half past eight"), "And what is your name?");
    EXPECT_EQ(call.say("mary brown"),
              "A table for 4, next friday at half past eight, for Mary Brown. Shall I book it?");
    EXPECT_EQ(call.say("no"), "I am sorry. What is different?");
    EXPECT_EQ(call.say("for six people"),
              "A table for 6, next friday at half past eight, for Mary Brown. Shall I book it?");
    EXPECT_TRUE(call.requests.empty());
    EXPECT_TRUE(call.ended.empty());
}

TEST(Restaurant, UnderstandsCapitalsPunctuationAndDigits) {
    Conversation call;
    EXPECT_EQ(call.say("Hello. I'd like to book a table for 2 people, tomorrow evening."),
              "A table for 2, tomorrow evening, with pleasure. At what time?");
    EXPECT_EQ(call.say("7 p.m., please."), "And what is your name?");
    EXPECT_EQ(call.say("My name is Alice Brown."),
              "A table for 2, tomorrow evening at seven p m, for Alice Brown. Shall I book it?");
    EXPECT_EQ(call.say("Yes, please."),
              "Your table is booked. The confirmation code is blue river 1.");
    EXPECT_EQ(call.say("Thank you! Goodbye."),
              "Thank you for calling. We look forward to seeing you. Goodbye!");

    Conversation short_answers;
    short_answers.say("I want to reserve a table.");
    EXPECT_EQ(short_answers.say("Four people, at seven."), "On which day?");
    EXPECT_EQ(short_answers.say("Friday."), "And what is your name?");
}

TEST(Restaurant, AFailedBookingIsToldAndMayBeTriedAgain) {
    Conversation call;
    call.status = 500;
    call.say("a table for two people tomorrow at seven o'clock in the name of john");
    EXPECT_EQ(call.say("yes"), "I am sorry, I could not book the table.Shall I try again?");
    call.status = 201;
    EXPECT_EQ(call.say("yes please"),
              "Your table is booked. The confirmation code is blue river 1.");
    EXPECT_EQ(call.requests.size(), 2U);
}

TEST(Scripted, AnAnswerMayBeDestroyedInItsOwnEventOrBefore) {
    HandLoop loop;
    ScriptedLanguageModel model(loop);
    ModelRequest request;
    request.options = parse_json(R"({"rules": [{"say": "one two three"}]})").value();
    request.messages.push_back({ModelRole::user, "x", {}, {}});
    Recorder recorder;
    std::unique_ptr<ModelAnswer> answer = model.ask(request, recorder);
    recorder.destroys = &answer;
    loop.run();
    EXPECT_EQ(recorder.events.size(), 1U);
    Recorder silent;
    model.ask(request, silent).reset();
    loop.run();
    EXPECT_TRUE(silent.events.empty());
}

TEST(Scripted, WrongOptionsAndUnknownToolsAreRejected) {
    HandLoop loop;
    ScriptedLanguageModel model(loop);
    for (const char* options : {"{}", "1", R"({"rules": [{"call": {"tool": "no"}}]})"}) {
        ModelRequest request;
        request.options = parse_json(options).value();
        request.messages.push_back({ModelRole::user, "x", {}, {}});
        Recorder recorder;
        const auto answer = model.ask(request, recorder);
        loop.run();
        ASSERT_EQ(recorder.events.size(), 1U) << options;
        const auto* failed = std::get_if<ModelFailed>(&recorder.events[0]);
        ASSERT_NE(failed, nullptr) << options;
        EXPECT_EQ(failed->error.code, ProviderErrorCode::rejected);
    }
}

TEST(Scripted, ErrorsHavePaths) {
    HandLoop loop;
    const ScriptedLanguageModel model(loop);
    const auto errors = model.validate(parse_json(R"({
        "lists": {"number": ["x"], "colour": 3}, 
        "slots": {"a": {"patterns": ["{nope}", "(a", "[b]"]}},
        "rules": [{"when": {"said": "A", "missing": "zzz", "if": "and"}, "say": "{{"},
                  {"ask": "q"}],
        "extra": 1})")
                                           .value());
    std::vector<std::string> paths;
    for (const OptionError& error : errors) {
        paths.push_back(error.path);
    }
    EXPECT_EQ(paths,
              (std::vector<std::string>{
                  "lists.number", "lists.colour", "slots.a.patterns[0]", "slots.a.patterns[1]",
                  "slots.a.patterns[2]", "rules[0].when.said[0]", "rules[0].when.missing",
                  "rules[0].when.if", "rules[0].say", "rules[1].ask", "rules[1].say", "extra"}));
}

}  // namespace
}  // namespace studio::adapters
