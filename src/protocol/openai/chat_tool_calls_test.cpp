#include "protocol/openai/chat_tool_calls.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace studio::openai {
namespace {

using Chunks = std::vector<std::string>;

/// The calls of a stream whose chunks have these `tool_calls`: `name(arguments)#id`, each.
std::string read(const Chunks& chunks) {
    ChatToolCalls calls(4'096);
    for (const std::string& chunk : chunks) {
        auto parsed = parse_chat_chunk(R"({"choices":[{"delta":{"tool_calls":[)" + chunk + "]}}]}");
        if (!parsed) {
            return "not a chunk";
        }
        if (!calls.add(parsed->tool_calls)) {
            return "too much";
        }
    }
    const auto whole = calls.take();
    if (!whole) {
        return "a call without a name";
    }
    std::string line;
    for (const ChatToolCall& call : *whole) {
        line += (line.empty() ? "" : " ") + call.name + "(" + call.arguments + ")#" + call.id;
    }
    return line;
}

struct Case {
    const char* name;
    Chunks chunks;
    std::string line;
};

class ToolCallStreams : public testing::TestWithParam<Case> {};

TEST_P(ToolCallStreams, GiveEachCallItsOwnPieces) {
    EXPECT_EQ(read(GetParam().chunks), GetParam().line);
}

INSTANTIATE_TEST_SUITE_P(
    All, ToolCallStreams,
    testing::Values(
        Case{"index_zero_for_all",
             {R"({"index":0,"id":"a","function":{"name":"weather","arguments":"{\"c\":1}"}})",
              R"({"index":0,"id":"b","function":{"name":"time","arguments":"{\"t\":2}"}})"},
             R"(weather({"c":1})#a time({"t":2})#b)"},
        Case{"index_zero_for_all_in_one_chunk",
             {R"({"index":0,"id":"a","function":{"name":"weather","arguments":"{}"}},)"
              R"({"index":0,"id":"b","function":{"name":"time","arguments":"{}"}})"},
             "weather({})#a time({})#b"},
        Case{"index_zero_for_all_in_pieces",
             {R"({"index":0,"id":"a","function":{"name":"x","arguments":""}})",
              R"({"index":0,"function":{"arguments":"{\"c\":"}})",
              R"({"index":0,"function":{"arguments":"1}"}})",
              R"({"index":0,"id":"b","function":{"name":"x","arguments":""}})",
              R"({"index":0,"function":{"arguments":"{\"c\":2}"}})"},
             R"(x({"c":1})#a x({"c":2})#b)"},
        Case{"no_index_over_two_chunks",
             {R"({"id":"a","function":{"name":"weather","arguments":"{\"c\":1}"}})",
              R"({"id":"b","function":{"name":"time","arguments":"{\"t\":2}"}})"},
             R"(weather({"c":1})#a time({"t":2})#b)"},
        Case{"no_index_in_pieces",
             {R"({"id":"a","function":{"name":"x","arguments":"{\"c\""}})",
              R"({"function":{"arguments":":1}"}})",
              R"({"id":"b","function":{"name":"y","arguments":"{"}})",
              R"({"function":{"arguments":"}"}})"},
             R"(x({"c":1})#a y({})#b)"},
        Case{"no_index_pieces_by_place",
             {R"({"id":"a","function":{"name":"x","arguments":"{"}},)"
              R"({"id":"b","function":{"name":"y","arguments":"{"}})",
              R"({"function":{"arguments":"\"c\":1}"}},{"function":{"arguments":"\"t\":2}"}})"},
             R"(x({"c":1})#a y({"t":2})#b)"},
        Case{"id_in_every_piece",
             {R"({"index":0,"id":"a","function":{"name":"x","arguments":"{\"c\":"}})",
              R"({"index":0,"id":"a","function":{"name":"x","arguments":"1}"}})"},
             R"(x({"c":1})#a)"},
        Case{"ids_alone_interleaved",
             {R"({"id":"a","function":{"name":"x","arguments":"{"}})",
              R"({"id":"b","function":{"name":"y","arguments":"{"}})",
              R"({"id":"a","function":{"arguments":"\"c\":1}"}})",
              R"({"id":"b","function":{"arguments":"}"}})"},
             R"(x({"c":1})#a y({})#b)"},
        Case{"ids_of_one_index_interleaved",
             {R"({"index":0,"id":"a","function":{"name":"x","arguments":"{"}})",
              R"({"index":0,"id":"b","function":{"name":"y","arguments":"{"}})",
              R"({"index":0,"id":"a","function":{"arguments":"\"c\":1}"}})",
              R"({"index":0,"id":"b","function":{"arguments":"}"}})"},
             R"(x({"c":1})#a y({})#b)"},
        Case{"new_id_for_every_piece",
             {R"({"index":0,"id":"a","function":{"name":"x","arguments":"{"}})",
              R"({"index":0,"id":"b","function":{"arguments":"\"c\":"}})",
              R"({"index":0,"id":"c","function":{"arguments":"1}"}})"},
             R"(x({"c":1})#a)"},
        Case{"null_ids_and_names",
             {R"({"index":0,"id":"a","function":{"name":"x","arguments":""}})",
              R"({"index":0,"id":null,"function":{"name":null,"arguments":"{}"}})"},
             "x({})#a"},
        Case{"empty_ids_and_names",
             {R"({"index":0,"id":"a","type":"","function":{"name":"x","arguments":"{"}})",
              R"({"index":0,"id":"","type":"","function":{"name":"","arguments":"}"}})"},
             "x({})#a"},
        Case{"no_ids_at_all",
             {R"({"index":0,"id":"","function":{"name":"x","arguments":"{\"c\":1}"}})",
              R"({"index":0,"id":"","function":{"name":"x","arguments":"{\"c\":2}"}})",
              R"({"index":0,"id":"","function":{"name":"y","arguments":"{}"}})"},
             R"(x({"c":1})# x({"c":2})# y({})#)"},
        Case{"one_id_for_all",
             {R"({"index":0,"id":"a","function":{"name":"x","arguments":"{}"}},)"
              R"({"index":1,"id":"a","function":{"name":"y","arguments":"{}"}})"},
             "x({})#a y({})#a"},
        Case{"id_after_the_name",
             {R"({"index":0,"function":{"name":"x"}})", R"({"index":0,"id":"a"})",
              R"({"index":0,"function":{"arguments":"{}"}})"},
             "x({})#a"},
        Case{"name_after_the_id",
             {R"({"index":0,"id":"a"})", R"({"index":0,"function":{"name":"x"}})",
              R"({"index":0,"function":{"arguments":"{}"}})"},
             "x({})#a"},
        Case{"name_in_pieces",
             {R"({"index":0,"id":"a","function":{"name":"get_"}})",
              R"({"index":0,"function":{"name":"time","arguments":"{}"}})"},
             "get_time({})#a"},
        Case{"name_that_grows",
             {R"({"index":0,"id":"a","function":{"name":"get"}})",
              R"({"index":0,"id":"a","function":{"name":"get_time","arguments":"{}"}})"},
             "get_time({})#a"},
        Case{"interleaved_by_index",
             {R"({"index":1,"id":"b","function":{"name":"y","arguments":"{"}})",
              R"({"index":0,"id":"a","function":{"name":"x","arguments":"{"}})",
              R"({"index":1,"function":{"arguments":"}"}})",
              R"({"index":0,"function":{"arguments":"}"}})"},
             "x({})#a y({})#b"},
        Case{"null_index",
             {R"({"index":null,"id":"a","function":{"name":"x","arguments":"{"}})",
              R"({"index":null,"function":{"arguments":"}"}})"},
             "x({})#a"},
        Case{"arguments_as_an_object",
             {R"({"index":0,"id":"a","function":{"name":"x","arguments":{"c":1}}})"},
             R"(x({"c":1})#a)"},
        Case{"arguments_as_objects_of_two",
             {R"({"id":"a","function":{"name":"x","arguments":{"c":1}}})",
              R"({"id":"b","function":{"name":"y","arguments":{}}})"},
             R"(x({"c":1})#a y({})#b)"},
        Case{"arguments_null", {R"({"id":"a","function":{"name":"x","arguments":null}})"}, "x()#a"},
        Case{"arguments_as_a_list",
             {R"({"id":"a","function":{"name":"x","arguments":[1]}})"},
             "x([1])#a"},
        Case{"arguments_as_a_number",
             {R"({"id":"a","function":{"name":"x","arguments":7}})"},
             "x(7)#a"},
        Case{"id_as_a_number",
             {R"({"index":0,"id":7,"function":{"name":"x","arguments":"{}"}})"},
             "x({})#7"},
        Case{"the_whole_call_again",
             {R"({"index":0,"id":"a","function":{"name":"x","arguments":"{\"c\":1}"}})",
              R"({"index":0,"id":"a","function":{"name":"x","arguments":"{\"c\":1}"}})"},
             R"(x({"c":1})#a)"},
        Case{"an_empty_object_before_the_arguments",
             {R"({"index":0,"id":"a","function":{"name":"x","arguments":"{}"}})",
              R"({"index":0,"function":{"arguments":"{\"c\":"}})",
              R"({"index":0,"function":{"arguments":"1}"}})"},
             R"(x({"c":1})#a)"},
        Case{"nothing_said", {R"({"index":3})", R"({"index":4,"function":{"arguments":""}})"}, ""},
        Case{"nameless",
             {R"({"index":0,"id":"a","function":{"arguments":"{}"}})"},
             "a call without a name"},
        Case{"not_an_object", {"7"}, "not a chunk"}),
    [](const testing::TestParamInfo<Case>& test) { return std::string(test.param.name); });

TEST(ChatToolCalls, AreBounded) {
    Chunks chunks;
    for (int call = 0; call < 33; ++call) {
        chunks.push_back(R"({"index":0,"id":"i)" + std::to_string(call) +
                         R"(","function":{"name":"x","arguments":"{}"}})");
    }
    EXPECT_EQ(read(chunks), "too much");
    EXPECT_EQ(read({R"({"id":"a","function":{"name":"x","arguments":")" + std::string(4'096, 'x') +
                    "\"}}"}),
              "too much");
}

}  // namespace
}  // namespace studio::openai
