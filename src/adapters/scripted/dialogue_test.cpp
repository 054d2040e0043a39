/// The example restaurant with people who do not know its script, and recognisers that mishear
/// them: what is said to what is answered, without sound.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "adapters/scripted/restaurant_conversation.hpp"

namespace studio::adapters {
namespace {

struct Turn {
    const char* said;
    /// A part of the answer; a leading '!' wants a part that is not in it.
    const char* answer;
};

struct Dialogue {
    const char* name;
    std::vector<Turn> turns;
    /// The body of the only request, or how many there are: "" is none.
    const char* booking = "";
    bool ends = false;
};

constexpr const char* whole = "a table for two people tomorrow at seven o'clock, my name is mary";
constexpr const char* booking =
    R"({"people":2,"day":"tomorrow","time":"seven o'clock","name":"Mary"})";

const std::vector<Dialogue> dialogues{
    // Nobody is hung up on who did not ask for it.
    {"goodbye is misheard in a sentence", {{"goodbye book a table", "For how many people?"}}},
    {"goodbye is misheard at the end", {{"could i book a table goodbye", "For how many people?"}}},
    {"thanks in the middle", {{"thank you i would like a table bye the window", "how many"}}},
    {"a lone goodbye is asked about",
     {{"goodbye", "Would you like to end the call?"}, {"no", "What can I do for you?"}}},
    {"a lone goodbye is meant",
     {{"goodbye", "end the call?"}, {"yes please", "Goodbye!"}},
     "",
     true},
    {"goodbye twice is meant", {{"bye bye", "end the call?"}, {"goodbye", "Goodbye!"}}, "", true},
    {"goodbye before the booking is asked about",
     {{whole, "Shall I book it?"},
      {"goodbye", "end the call?"},
      {"no", "All right. A table for 2"},
      {"yes", "Your table is booked"}},
     booking},
    {"a misheard goodbye does not answer the next question",
     {{"goodbye", "end the call?"}, {"i want a table", "how many"}, {"yes", "!Goodbye"}}},
    {"that is all, before anything", {{"that is all", "end the call?"}}},
    {"nothing is understood about leaving",
     {{"goodbye", "end the call?"}, {"the weather", "end the call?"}}},
    {"good evening is a greeting",
     {{"good evening", "Would you like to book a table?"}, {"yes please", "how many"}}},
    // The end of a call in which all is done.
    {"thank you goodbye",
     {{whole, "Shall"}, {"yes", "booked"}, {"thank you goodbye", "Goodbye!"}},
     booking,
     true},
    {"no thank you",
     {{whole, "Shall"}, {"yes", "booked"}, {"no thank you", "Goodbye!"}},
     booking,
     true},
    {"no that's all thank you very much bye",
     {{whole, "Shall"},
      {"yes", "booked"},
      {"No, that's all, thank you very much, bye!", "Goodbye!"}},
     booking,
     true},
    {"see you tomorrow",
     {{whole, "Shall"}, {"yes", "booked"}, {"see you tomorrow", "Goodbye!"}},
     booking,
     true},
    {"have a nice day",
     {{whole, "Shall"}, {"yes", "booked"}, {"okay great have a nice day", "Goodbye!"}},
     booking,
     true},
    {"thanks alone does not end it",
     {{whole, "Shall"}, {"yes", "booked"}, {"thank you", "Is there anything else?"}},
     booking},
    {"yes there is something else",
     {{whole, "Shall"},
      {"yes", "booked"},
      {"yes", "What else can I do for you?"},
      {"when are you open", "from noon"}},
     booking},
    // Agreement is agreement, and nothing else is.
    {"yeah that's right", {{whole, "Shall"}, {"yeah that's right", "booked"}}, booking},
    {"sure go ahead", {{whole, "Shall"}, {"sure, go ahead", "booked"}}, booking},
    {"okay great book it please",
     {{whole, "Shall"}, {"okay great book it please", "booked"}},
     booking},
    {"yes of course please", {{whole, "Shall"}, {"um yes of course please", "booked"}}, booking},
    {"yes, but", {{whole, "Shall"}, {"yes but for four people", "A table for 4"}}},
    {"not sure", {{whole, "Shall"}, {"i am not sure", "!booked"}}},
    {"that is not right", {{whole, "Shall"}, {"that is not right", "What is different?"}}},
    {"wait", {{whole, "Shall"}, {"yes wait", "Shall I book it?"}}},
    {"noise is no agreement",
     {{whole, "Shall"}, {"the uh", "Shall I book it?"}, {"hm", "Please say yes"}}},
    {"could you repeat that please",
     {{whole, "Shall"}, {"could you repeat that please", "A table for 2"}, {"yes", "booked"}},
     booking},
    {"goodbye is no agreement", {{whole, "Shall"}, {"goodbye yes", "Shall I book it?"}}},
    // Corrections.
    {"no for four people",
     {{whole, "Shall"}, {"no for four people", "A table for 4, tomorrow at seven"}}},
    {"a number is one thing only",
     {{"a table for two people tomorrow", "At what time?"},
      {"no for four people", "time"},
      {"at eight", "name?"},
      {"mary", "A table for 4, tomorrow at eight o'clock, for Mary. Shall I book it?"}}},
    {"no, at eight", {{whole, "Shall"}, {"no at eight o'clock", "tomorrow at eight o'clock"}}},
    {"what is different is asked for",
     {{whole, "Shall"},
      {"no", "What is different?"},
      {"the time", "At what time"},
      {"eight", "tomorrow at eight o'clock, for Mary. Shall I book it?"}}},
    {"the wrong name",
     {{whole, "Shall"}, {"the name is wrong", "On which name"}, {"john smith", "for John Smith"}}},
    {"the last thing counts", {{"a table for two people no for five people", "!booked"}}},
    {"never mind",
     {{whole, "Shall"}, {"never mind", "I book nothing"}, {"no thanks", "Goodbye!"}},
     "",
     true},
    // Things that a table for that many is not.
    {"a table for seven o'clock is no party of seven",
     {{"i want to book a table for seven o'clock", "For how many people?"}, {"two", "which day"}}},
    {"fifty people",
     {{"a table for fifty people", "one to twelve people"}, {"twelve", "which day"}}},
    {"nobody", {{"a table for zero people", "one to twelve people"}}},
    {"i don't want to book", {{"i do not want to book a table", "I book nothing"}}},
    // What it cannot do.
    {"cancel my reservation",
     {{"cancel my reservation", "cannot change or cancel"}, {"no", "What can I do"}}},
    {"i would like to cancel a booking",
     {{"i would like to cancel a booking", "cannot change or cancel"}}},
    {"i already have a reservation",
     {{"i already have a reservation for friday", "cannot change"}}},
    {"can i have a table", {{"can i have a table for two", "which day"}}},
    {"may i speak to a human", {{"may i speak to a human", "take a message"}}},
    {"is this a robot", {{"wait are you a robot", "automatic assistant"}}},
    {"let me talk to the manager please",
     {{"let me talk to the manager please", "take a message"}}},
    {"one person is no human", {{"a table for one person", "!automatic"}}},
    {"a message",
     {{"may i talk to a real person", "take a message"},
      {"yes please", "say your message"},
      {"We are four people and late on Friday", "written that down"},
      {"no that is all", "Goodbye!"}},
     R"({"text":"We are four people and late on Friday"})",
     true},
    {"a message told at once",
     {{"i need to cancel", "take a message"}, {"please tell them that we cannot come", "written"}},
     R"({"text":"please tell them that we cannot come"})"},
    {"no message",
     {{"i want to talk to someone", "take a message"},
      {"yes", "message now"},
      {"never mind", "anything else?"},
      {"no", "Goodbye!"}},
     "",
     true},
    {"a message does not fill the booking",
     {{"a table for two people", "which day"},
      {"speak to a person", "take a message"},
      {"yes", "message now"},
      {"tomorrow at eight for six people", "written"},
      {"i want to book", "day"}},
     R"({"text":"tomorrow at eight for six people"})"},
    // Questions on the way.
    {"a question keeps what was asked",
     {{"book a table", "how many"},
      {"when are you open", "from noon until eleven"},
      {"for six people", "day"}}},
    {"a question is answered with the next one",
     {{"a table for two people", "which day"},
      {"what are your opening hours", "every day. Which day"},
      {"friday", "At what time?"}}},
    {"where are you", {{"where are you", "riverside"}}},
    {"vegetarian food", {{"do you have vegetarian food", "vegetarian dish"}}},
    {"a question is no name",
     {{"a table for two tomorrow at noon", "your name?"},
      {"opening hours", "from noon"},
      {"mary", "for Mary. Shall"}}},
    // Not understood.
    {"noise twice brings help",
     {{"the the", "did not understand"},
      {"uh the", "I can book a table"},
      {"help", "I can book a table"}}},
    {"noise when a number is asked for",
     {{"book a table", "how many"},
      {"uh", "How many people will come?"},
      {"uh", "I can book a table"},
      {"two", "which day"}}},
    {"noise for ever brings a message",
     {{"uh", "understand"},
      {"uh", "I can"},
      {"uh", "I can"},
      {"uh", "take a message"},
      {"no", "What can I do"}}},
    {"noise is no name",
     {{"a table for two tomorrow at noon", "name?"},
      {"uh", "name"},
      {"what", "name"},
      {"sorry", "name"}}},
    {"two things at once",
     {{"yes hello i would like to book a table for two people on friday evening",
       "At what time?"}}},
    {"what did you say",
     {{"book a table", "how many"}, {"sorry what did you say", "how many"}, {"four", "day"}}},
    {"another table after the first",
     {{whole, "Shall"},
      {"yes", "booked"},
      {"can i book another table", "how many"},
      {"six", "which day"}},
     booking},
    {"a change after the booking",
     {{whole, "Shall"}, {"yes", "booked"}, {"make it at eight o'clock", "cannot change"}},
     booking},
    {"i would like to",
     {{"i would like to reserve a table for four people tonight", "At what time?"}}},
    {"we are three", {{"book a table", "how many"}, {"we are three people", "day"}}},
    {"a day first",
     {{"are you open tomorrow", "every day"},
      {"i would like a table", "how many"},
      {"two", "A table for 2, tomorrow"}}},
    {"make a reservation",
     {{"hello good evening i'd like to make a reservation for tomorrow", "how many"},
      {"there will be five of us", "A table for 5, tomorrow"}}},
    {"yes to the greeting",
     {{"yes hello", "!booked"}, {"can i get a table for three", "which day"}}},
    {"when do you close", {{"what time do you close", "until eleven"}}},
    {"no in front of a number", {{"book a table", "how many"}, {"no wait six", "which day"}}},
    {"one word after the other",
     {{"table", "how many"},
      {"two", "which day"},
      {"tomorrow", "time"},
      {"nine", "name"},
      {"brown", "for Brown. Shall"},
      {"yes", "booked"},
      {"bye", "Goodbye!"}},
     R"({"people":2,"day":"tomorrow","time":"nine o'clock","name":"Brown"})",
     true},
    {"a yes to a name is no name",
     {{"a table for two tomorrow at noon", "name?"},
      {"yes", "name"},
      {"okay", "name"},
      {"it is john smith", "for John Smith. Shall"}}},
    {"a change of the day only",
     {{whole, "Shall"}, {"no on friday", "A table for 2, friday at seven"}, {"correct", "booked"}},
     R"({"people":2,"day":"friday","time":"seven o'clock","name":"Mary"})"},
    {"silence said as the", {{"the", "understand"}, {"goodbye the table", "how many"}}},
    {"in the name of",
     {{"a table for two tonight at eight in the name of john smith", "for John Smith. Shall"}}},
};

class RestaurantDialogue : public testing::TestWithParam<Dialogue> {};

TEST_P(RestaurantDialogue, IsHeld) {
    const Dialogue& dialogue = GetParam();
    Conversation call;
    for (const Turn& turn : dialogue.turns) {
        EXPECT_TRUE(call.ended.empty()) << "it ended before: " << turn.said;
        const std::string answer = call.say(turn.said);
        const bool is_wanted = turn.answer[0] != '!';
        const std::string part = is_wanted ? turn.answer : turn.answer + 1;
        EXPECT_EQ(answer.find(part) != std::string::npos, is_wanted)
            << dialogue.name << "\n  said    " << turn.said << "\n  answer  " << answer
            << "\n  wanted  " << turn.answer;
    }
    EXPECT_EQ(!call.ended.empty(), dialogue.ends) << dialogue.name;
    const std::string wanted = dialogue.booking;
    ASSERT_EQ(call.requests.size(), wanted.empty() ? 0U : 1U) << dialogue.name;
    if (!wanted.empty()) {
        EXPECT_EQ(parse_json(call.requests[0].body).value(), parse_json(wanted).value());
    }
}

INSTANTIATE_TEST_SUITE_P(All, RestaurantDialogue, testing::ValuesIn(dialogues));

}  // namespace
}  // namespace studio::adapters
