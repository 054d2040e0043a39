#include "base/json.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/json_merge.hpp"
#include "base/utf8.hpp"

namespace studio {
namespace {

/// What parse_json answers: the value as text, or `path|message`.
std::string outcome(std::string_view text, const JsonRules& rules = {}) {
    const auto value = parse_json(text, rules);
    return value ? serialize_json(*value) : value.error().path + '|' + value.error().message;
}

TEST(Json, ANumberThatIsNotFiniteIsRefusedWithItsPlace) {
    for (const char* number : {"1e400", "-1e400", "1e309", "1.8e308", "123456e400"}) {
        const std::string text = std::string(R"({"metadata":{"list":[0,{"e":)") + number + "}]}}";
        EXPECT_EQ(outcome(text),
                  "metadata.list[1].e|is a number too large to be kept (at most 1.8e308)")
            << number;
    }
    EXPECT_EQ(outcome("[1.7976931348623157e308]"), "[1.7976931348623157e+308]");
    EXPECT_EQ(outcome("[1e-400]"), "[0]");
    EXPECT_FALSE(parse_json("[1e99999999999]"));
    EXPECT_FALSE(parse_json("[Infinity]"));
    EXPECT_FALSE(parse_json("NaN"));
}

TEST(Json, WholeNumbersKeepTheirDigitsOrAreRefused) {
    for (const char* kept : {"9007199254740993", "9223372036854775807", "-9223372036854775808",
                             "9223372036854775808", "18446744073709551615"}) {
        EXPECT_EQ(outcome(kept), kept);
    }
    for (const char* refused :
         {"18446744073709551616", "-9223372036854775809", "123456789012345678901234567890"}) {
        EXPECT_EQ(outcome(refused),
                  "|is a whole number beyond 64 bits: write it as a text to keep its digits");
        EXPECT_EQ(outcome(refused, json_to_repair), '"' + std::string(refused) + '"');
    }
}

TEST(Json, NumbersAreWrittenAsPeopleWriteThem) {
    EXPECT_EQ(serialize_json({0.0, -0.0, 9.5, 100000.0, 0.1, 1e-6, -0.001, 123456789.25}),
              "[0,0,9.5,100000,0.1,0.000001,-0.001,123456789.25]");
    EXPECT_EQ(serialize_json({1e21, 1e-7, 1e300}), "[1e+21,1e-7,1e+300]");
    EXPECT_EQ(text_of_number(12345678901234567890.0), "12345678901234567168");
    EXPECT_EQ(serialize_json({1e20, -1e20, -1e19, 0x1p64, -0x1p63}),
              "[1e+20,-1e+20,-1e+19,1.8446744073709552e+19,-9223372036854775808]");
    const double infinite = std::numeric_limits<double>::infinity();
    EXPECT_EQ(serialize_json({infinite, -infinite, std::nan("")}), "[null,null,null]");
    EXPECT_EQ(text_of_number(infinite), "");
}

TEST(Json, EveryDoubleReadsBackAsItself) {
    for (const double number : {0.1, 1.0 / 3, 5e-324, 2.2250738585072014e-308, 123456.789e10,
                                1.7976931348623157e308, 9007199254740993.5, -7.1e-7, 1e19, -1e19,
                                1e20, -1e20, 0x1p63, -0x1p63, 0x1p64, 999999999999999999999.0}) {
        const auto value = parse_json(text_of_number(number), json_as_stored);
        ASSERT_TRUE(value) << text_of_number(number);
        EXPECT_EQ(value->to_number<double>(), number);
        EXPECT_TRUE(parse_json(text_of_number(number))) << "a client may send back what it got";
    }
}

TEST(Json, AStoredNumberStaysANumber) {
    EXPECT_EQ(outcome("[100000000000000000000,-100000000000000000000]", json_as_stored),
              "[1e+20,-1e+20]");
    EXPECT_EQ(outcome("[-1e20]", json_as_stored), "[-1e+20]");
}

TEST(Json, TextIsUtf8WithoutNul) {
    EXPECT_EQ(outcome("\"\xFF\""), "|is not valid UTF-8");
    EXPECT_EQ(outcome("\"\xC0\x80\""), "|is not valid UTF-8");
    EXPECT_EQ(outcome("\"\xED\xA0\x80\""), "|is not valid UTF-8");
    EXPECT_EQ(outcome(R"({"a":["x\u0000y"]})"), "a[0]|holds the character U+0000");
    EXPECT_EQ(outcome(R"({"a":{"x\u0000":1}})"), "a|holds the character U+0000");
    EXPECT_FALSE(parse_json(std::string_view("\"a\0b\"", 5)));
    EXPECT_FALSE(parse_json(R"("\ud800")"));
    EXPECT_EQ(outcome("\"\\u00fc\\ud83d\\ude00\""), "\"ü😀\"");
}

TEST(Json, WhatCannotBeAskedForAgainIsRepaired) {
    EXPECT_EQ(
        outcome("{\"id\":123456789012345678901,\"e\":1e400,\"t\":\"a\\u0000\xFF\"}",
                json_to_repair),
        "{\"id\":\"123456789012345678901\",\"e\":\"1e400\",\"t\":\"a\xEF\xBF\xBD\xEF\xBF\xBD\"}");
    EXPECT_EQ(outcome("\xEF\xBB\xBF[1]", json_to_repair), "[1]");
    EXPECT_FALSE(parse_json("[Infinity]", json_to_repair));
}

TEST(Json, RowsOfEarlierVersionsAreRead) {
    EXPECT_EQ(
        outcome(R"({"e":Infinity,"f":-Infinity,"g":[NaN],"t":"Infinity \" NaN"})", json_as_stored),
        R"({"e":null,"f":null,"g":[null],"t":"Infinity \" NaN"})");
    EXPECT_EQ(outcome(R"({"a":0E0,"b":9.5E0,"c":1e99999})", json_as_stored),
              R"({"a":0,"b":9.5,"c":"1e99999"})");
    EXPECT_FALSE(parse_json("{broken", json_as_stored));
}

TEST(Json, SizeDepthAndLengthAreBounded) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_TRUE(parse_json(nested(32)));
    EXPECT_EQ(outcome(nested(33)), "|is nested deeper than 32 levels");
    EXPECT_TRUE(parse_json(nested(64), json_as_stored));
    EXPECT_FALSE(parse_json(nested(65), json_as_stored));
    EXPECT_EQ(outcome("[12345]", {.bytes_max = 6}), "|is longer than 6 bytes");
    EXPECT_EQ(outcome(R"({"a":["four","fifth"]})", {.text_bytes_max = 4}),
              "a[1]|is a text longer than 4 bytes");
    EXPECT_FALSE(parse_json("[1] 2"));
    EXPECT_FALSE(parse_json(""));
    EXPECT_FALSE(parse_json("{\"a\":1"));
}

TEST(Json, WhateverIsWrittenCanBeReadAgain) {
    Json deep = 1;
    for (int level = 0; level < 100; ++level) {
        deep = level % 2 == 0 ? Json(JsonArray{deep}) : Json(JsonObject{{"x", deep}});
    }
    const Json values[] = {
        deep, Json(std::string_view("a\0b\xFF\xE2\x82", 6)),
        JsonObject{{std::string_view("k\0", 2), std::numeric_limits<double>::infinity()}},
        "\x01\x1F\"\\/\b\f\n\r\t\x7F"};
    for (const Json& value : values) {
        const std::string text = serialize_json(value);
        EXPECT_TRUE(is_plain_text(text));
        const auto read = parse_json(text, json_as_stored);
        ASSERT_TRUE(read) << text;
        EXPECT_EQ(serialize_json(*read), text);
    }
}

/// The examples of RFC 7396, appendix A.
TEST(JsonMerge, FollowsTheExamplesOfItsRfc) {
    const char* cases[][3] = {
        {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
        {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
        {R"({"a":"b"})", R"({"a":null})", R"({})"},
        {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
        {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
        {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
        {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
        {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
        {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
        {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
        {R"({"a":"foo"})", "null", "null"},
        {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
        {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
        {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"}};
    for (const auto& [target, patch, result] : cases) {
        EXPECT_EQ(merge_patch(*parse_json(target), *parse_json(patch)), *parse_json(result))
            << target << ' ' << patch;
    }
}

TEST(Utf8, IsCheckedMendedAndCounted) {
    EXPECT_TRUE(is_utf8("grüß 😀"));
    EXPECT_TRUE(is_utf8(""));
    for (const char* wrong : {"\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xBF\xBF",
                              "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "a\xFFz"}) {
        EXPECT_FALSE(is_utf8(wrong));
        EXPECT_TRUE(is_plain_text(to_plain_text(wrong)));
    }
    EXPECT_EQ(to_plain_text("a\xE2\x82z"), "a\xEF\xBF\xBDz");
    EXPECT_EQ(to_plain_text(std::string_view("\0", 1)), "\xEF\xBF\xBD");
    EXPECT_EQ(to_plain_text("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_EQ(count_characters("grüß😀"), 5U);
    EXPECT_EQ(count_characters("\xFF\xFF"), 2U);
}

}  // namespace
}  // namespace studio
