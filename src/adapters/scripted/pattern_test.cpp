#include <gtest/gtest.h>

#include "adapters/scripted/internal/pattern.hpp"

namespace studio::adapters {
namespace {

TEST(Pattern, Table) {
    WordLists lists;
    lists["colour"].entries = {{{"dark", "blue"}, "navy"}, {{"blue"}, "blue"}};
    const struct {
        const char* pattern;
        const char* said;
        /// The value as JSON; empty where nothing must match.
        const char* value;
    } rows[] = {
        {"yes", "Yes, please!", "true"},
        {"yes", "yesterday", ""},
        {"(good | fine) day", "a fine day", "true"},
        {"a [very] good", "a very good", "true"},
        {"a [very] good", "a good", "true"},
        {"a [very] good", "a bad good", ""},
        {"^ no", "no thanks", "true"},
        {"^ no", "oh no", ""},
        {"please $", "yes please", "true"},
        {"please $", "please do", ""},
        {"{number} people", "for two people", "2"},
        {"{number}", "twenty one", "21"},
        {"{number}", "three hundred and five", "305"},
        {"{number}", "12", "12"},
        {"{digits}", "call four oh two nine", "\"4029\""},
        {"{day}", "on friday evening then", "\"friday evening\""},
        {"{day}", "the day after tomorrow", "\"the day after tomorrow\""},
        {"{day}", "this", ""},
        {"{time}", "at seven o'clock", "\"seven o'clock\""},
        {"{time}", "quarter to eight in the evening", "\"quarter to eight in the evening\""},
        {"{time}", "seven thirty p m", "\"seven thirty p m\""},
        {"{time}", "for two people", ""},
        {"at {hour}", "at seven", "\"seven o'clock\""},
        {"name is {name}", "my name is john smith please", "\"John Smith\""},
        {"name is {name}", "my name is", ""},
        {"say {words} now", "say it again now", "\"it again\""},
        {"{colour}", "a dark blue one", "\"navy\""},
        {"{colour} {number}", "blue two", "\"blue\""},
        {"^ [well | oh]* no $", "no", "true"},
        {"^ [well | oh]* no $", "oh well oh no", "true"},
        {"^ [well | oh]* no $", "oh well yes no", ""},
        {"^ [[well]]* no $", "well well no", "true"},
        {"^ [{colour}]* please $", "blue dark blue please", "\"blue\""},
        {"name is {name}", "my name is two", ""},
        {"^ {name} $", "uh", ""},
        {"^ {name} $", "what", ""},
        {"^ {name} $", "mary ann brown", "\"Mary Ann Brown\""},
    };
    for (const auto& row : rows) {
        const auto pattern = Pattern::parse(row.pattern, lists);
        ASSERT_TRUE(pattern) << row.pattern << ": " << pattern.error();
        const auto value = pattern->match(to_words(row.said), lists);
        EXPECT_EQ(value ? serialize_json(*value) : "", row.value)
            << row.pattern << " / " << row.said;
    }
}

TEST(Pattern, UnderstandsWhatRecognisersWriteWithCapitalsPunctuationAndDigits) {
    const struct {
        const char* pattern;
        const char* said;
        const char* value;
    } rows[] = {
        {"{time}", "It's 7 p.m.", "\"seven p m\""},
        {"{time}", "At 7pm, please.", "\"seven pm\""},
        {"{time}", "7:30 PM.", "\"seven thirty pm\""},
        {"{time}", "Around 8:45pm?", "\"eight forty five pm\""},
        {"{time}", "12:05 a.m.", "\"twelve oh five a m\""},
        {"{time}", "At 7:00.", "\"seven o'clock\""},
        {"{time}", "Half past 8.", "\"half past eight\""},
        {"{time}",
         "7 o\xE2\x80\x99"
         "clock",
         "\"seven o'clock\""},
        {"{time}", "13 p.m.", ""},
        {"{time}", "seven five", ""},
        {"{time}", "For 7 people.", ""},
        {"at {hour}", "Four people, at 7.", "\"seven o'clock\""},
        {"{number} people", "2 people.", "2"},
        {"{digits}", "It's 555-0123.", "\"5550123\""},
        {"name is {name}", "My name is Alice Brown.", "\"Alice Brown\""},
        {"^ yes [please] $", "Yes, please.", "true"},
    };
    for (const auto& row : rows) {
        const auto pattern = Pattern::parse(row.pattern, {});
        ASSERT_TRUE(pattern) << row.pattern << ": " << pattern.error();
        const auto value = pattern->match(to_words(row.said), {});
        EXPECT_EQ(value ? serialize_json(*value) : "", row.value)
            << row.pattern << " / " << row.said;
    }
}

TEST(Pattern, TellsWhereItMatched) {
    const auto pattern = Pattern::parse("for {number} people", {});
    ASSERT_TRUE(pattern);
    const auto found = pattern->find(to_words("no for four people please"), {});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->begin, 1U);
    EXPECT_EQ(found->end, 4U);
}

/// Words that another slot took are no number, no name, and no end of what was said.
TEST(Pattern, UsedWordsMatchNothing) {
    const Words words{"john", "", "smith"};
    for (const char* text : {"{number}", "^ {name} $", "john smith", "{words} $ "}) {
        const auto pattern = Pattern::parse(text, {});
        ASSERT_TRUE(pattern) << text;
        const auto found = pattern->find(words, {});
        EXPECT_EQ(found.has_value(), std::string_view(text) == "{words} $ ") << text;
    }
}

TEST(Pattern, RefusesWhatIsNone) {
    for (const char* bad : {"", "[a]", "(a", "a)", "{x}", "{number", "A", "a.b", "a | ", "a $ b"}) {
        EXPECT_FALSE(Pattern::parse(bad, {})) << bad;
    }
    EXPECT_FALSE(Pattern::parse(std::string(300, 'a'), {}));
    EXPECT_FALSE(Pattern::parse(std::string(20, '(') + "a" + std::string(20, ')'), {}));
}

TEST(Pattern, WorkIsBounded) {
    std::string text;
    for (int part = 0; part < 25; ++part) {
        text += "{words} ";
    }
    const auto pattern = Pattern::parse(text + "end", {});
    ASSERT_TRUE(pattern);
    EXPECT_FALSE(pattern->match(Words(200, "a"), {}));
}

}  // namespace
}  // namespace studio::adapters
