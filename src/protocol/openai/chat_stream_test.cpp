#include "protocol/openai/chat_stream.hpp"

#include <gtest/gtest.h>

#include <string>

namespace studio::openai {
namespace {

/// The outputs as one line: text as it is, `name(arguments)#id`, `.prompt/completion`, `!error`.
std::string read(std::string_view stream, std::size_t piece_size, bool ends = true) {
    ChatStream chat({.text_bytes_max = 64, .argument_bytes_max = 64, .sse = {}});
    for (std::size_t offset = 0; offset < stream.size(); offset += piece_size) {
        chat.handle(stream.substr(offset, piece_size));
    }
    if (ends) {
        chat.handle_end();
    }
    std::string line;
    while (const auto output = chat.poll()) {
        if (const auto* text = std::get_if<ChatText>(&*output)) {
            line += text->text;
        } else if (const auto* call = std::get_if<ChatToolCall>(&*output)) {
            line += " " + call->name + "(" + call->arguments + ")#" + call->id;
        } else if (const auto* finished = std::get_if<ChatFinished>(&*output)) {
            line += "." + std::to_string(finished->usage.prompt_tokens) + "/" +
                    std::to_string(finished->usage.completion_tokens);
        } else {
            line += "!" + std::to_string(static_cast<int>(std::get<ChatStreamError>(*output)));
        }
    }
    return line;
}

std::string text_event(const std::string& text) {
    return R"(data: {"choices":[{"index":0,"delta":{"content":")" + text + "\"}}]}\n\n";
}

const std::string role_event =
    "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null},"
    "\"finish_reason\":null}],\"usage\":null}\n\n";
const std::string stop_event =
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const std::string usage_event =
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\n";
const std::string done_event = "data: [DONE]\n\n";

TEST(ChatStream, ReadsAnAnswerInPiecesOfAnySize) {
    const std::string stream = role_event + text_event("Hel") + ": ping\n\n" + text_event("lo.") +
                               stop_event + usage_event + done_event;
    for (std::size_t size = 1; size <= stream.size(); ++size) {
        EXPECT_EQ(read(stream, size), "Hello..7/3") << size;
    }
}

TEST(ChatStream, FinishesAtDoneWithoutWaitingForTheEnd) {
    EXPECT_EQ(read(text_event("Hi") + done_event, 1000, false), "Hi.0/0");
    EXPECT_EQ(read(text_event("Hi") + stop_event, 1000, false), "Hi");
    EXPECT_EQ(read(text_event("Hi") + stop_event, 1000, true), "Hi.0/0");
}

TEST(ChatStream, AssemblesToolCallsByIndex) {
    const auto tool = [](const std::string& members) {
        return R"(data: {"choices":[{"delta":{"tool_calls":[)" + members + "]}}]}\n\n";
    };
    const std::string stream =
        tool(R"({"index":0,"id":"a","function":{"name":"book","arguments":""}})") +
        tool(R"({"index":0,"function":{"arguments":"{\"n\":"}})") +
        tool(R"({"index":1,"id":"b","function":{"name":"end","arguments":"{}"}})") +
        tool(R"({"index":0,"function":{"arguments":"2}"}})") + stop_event + done_event;
    EXPECT_EQ(read(stream, 7), " book({\"n\":2})#a end({})#b.0/0");
    // Whole calls without an index, as some local servers send them.
    EXPECT_EQ(read(tool(R"({"id":"a","function":{"name":"x","arguments":"1"}},)"
                        R"({"id":"b","function":{"name":"y","arguments":"2"}})") +
                       done_event,
                   7),
              " x(1)#a y(2)#b.0/0");
    // Counted from one, as others do.
    EXPECT_EQ(read(tool(R"({"index":1,"id":"a","function":{"name":"x"}})") + done_event, 7),
              " x()#a.0/0");
}

/// What servers send between the pieces of an answer, or leave out. Each ends with the sentence
/// that waited, and with the usage where there is one.
TEST(ChatStream, NothingBetweenThePiecesCostsTheAnswer) {
    const std::string whole = "Hello..7/3";
    for (const char* noise : {"data: : keepalive\n\n",
                              "data:\n\n",
                              "data: \n\n",
                              "data\n\n",
                              "data: ping\n\n",
                              "data: null\n\n",
                              ": comment\n",
                              ":\n\n",
                              "event: ping\n\n",
                              "event: ping\ndata: {}\n\n",
                              "event: message\nid: 7\nretry: 3000\n\n",
                              "id: 7\n",
                              "retry: 10\n",
                              "\n\n\n",
                              "\r\n",
                              "data: {\"type\":\"ping\"}\n\n",
                              "data: {\"choices\":[]}\n\n",
                              "data: {\"choices\":[],\"prompt_filter_results\":[{}]}\n\n",
                              "data: {\"choices\":null}\n\n",
                              "data: {\"error\":null,\"choices\":[]}\n\n"}) {
        const std::string stream = noise + role_event + noise + text_event("Hel") + noise +
                                   text_event("lo.") + noise + stop_event + noise + usage_event +
                                   noise + done_event + noise;
        for (const std::size_t size : {std::size_t{1}, std::size_t{3}, stream.size()}) {
            EXPECT_EQ(read(stream, size), whole) << noise << " in pieces of " << size;
        }
    }
}

TEST(ChatStream, ReadsOtherWaysToWriteEvents) {
    const std::string stream =
        role_event + text_event("Hel") + text_event("lo.") + stop_event + usage_event + done_event;
    std::string no_space;
    std::string crlf;
    std::string cr;
    for (std::size_t index = 0; index < stream.size(); ++index) {
        const bool is_space = index > 0 && stream[index] == ' ' && stream[index - 1] == ':';
        no_space += is_space ? "" : std::string(1, stream[index]);
        crlf += stream[index] == '\n' ? "\r\n" : std::string(1, stream[index]);
        cr += stream[index] == '\n' ? '\r' : stream[index];
    }
    for (const std::string& other : {no_space, crlf, cr, "\xEF\xBB\xBF" + stream}) {
        EXPECT_EQ(read(other, 5), "Hello..7/3") << other;
    }
    EXPECT_EQ(
        read("data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}]}}]}"
             "\n\n" +
                 done_event,
             9),
        "Hi.0/0");
}

/// After the model has said that it is done, nothing that is missing or fails takes that back.
TEST(ChatStream, AnAnswerThatIsDoneStands) {
    const std::string answer = text_event("Hello.") + stop_event;
    EXPECT_EQ(read(answer, 1000), "Hello..0/0") << "no [DONE]";
    EXPECT_EQ(read(answer + usage_event, 1000), "Hello..7/3");
    EXPECT_EQ(read(answer + "data: {\"error\":{\"code\":\"x\"}}\n\n", 1000), "Hello..0/0");
    EXPECT_EQ(read(answer + "data: [DONE] \n\n", 1000, false), "Hello..0/0");
    ChatStream chat;
    chat.handle(text_event("Hello."));
    EXPECT_FALSE(chat.has_finish_reason());
    chat.handle(stop_event);
    EXPECT_TRUE(chat.has_finish_reason());
}

TEST(ChatStream, TellsWhatTheServerSaidOfItsFailure) {
    ChatStream chat;
    chat.handle("data: {\"error\":{\"code\":429,\"type\":\"insufficient_quota\"}}\n\n");
    EXPECT_EQ(chat.api_error().status, 429);
    EXPECT_EQ(chat.api_error().name, "insufficient_quota");
    EXPECT_TRUE(chat.api_error().is_exhausted);
    EXPECT_EQ(read(text_event("Hi") + "event: error\ndata: overloaded\n\n", 5), "Hi!2");
}

struct Failure {
    const char* name;
    std::string stream;
    std::string line;
};

class ChatStreamFailures : public testing::TestWithParam<Failure> {};

TEST_P(ChatStreamFailures, SaysWhatHoldsAndThenWhatFailed) {
    EXPECT_EQ(read(GetParam().stream, 5), GetParam().line);
    EXPECT_EQ(read(GetParam().stream, GetParam().stream.size()), GetParam().line);
}

INSTANTIATE_TEST_SUITE_P(
    All, ChatStreamFailures,
    testing::Values(Failure{"cut_after_text", text_event("Hi"), "Hi!3"},
                    Failure{"nothing_of_the_kind", "<html>no</html>\n\n", "!0"},
                    Failure{"done_at_once", done_event, "!0"},
                    Failure{"rubbish_json", text_event("Hi") + "data: {nope\n\n" + done_event,
                            "Hi!0"},
                    Failure{"not_an_object", "data: [1]\n\n", "!0"},
                    Failure{"content_is_a_number",
                            "data: {\"choices\":[{\"delta\":{\"content\":4}}]}\n\n", "!0"},
                    Failure{"index_out_of_range",
                            R"(data: {"choices":[{"delta":{"tool_calls":[{"index":4000000000}]}}]})"
                            "\n\n",
                            "!0"},
                    Failure{"call_without_name",
                            R"(data: {"choices":[{"delta":{"tool_calls":[{"index":1,"id":"a"}]}}]})"
                            "\n\n" +
                                done_event,
                            "!0"},
                    Failure{"error_event",
                            text_event("Hi") + "data: {\"error\":{\"message\":\"x\"}}\n\n", "Hi!2"},
                    Failure{"too_much_text", text_event(std::string(65, 'x')), "!1"},
                    Failure{"huge_line", "data: " + std::string(70'000, 'x'), "!1"}),
    [](const testing::TestParamInfo<Failure>& test) { return std::string(test.param.name); });

TEST(ParseApiError, KnowsWhenTheCreditIsGone) {
    for (const char* error :
         {R"({"code":"insufficient_quota"})", R"({"type":"insufficient_quota","code":null})",
          R"({"code":"billing_hard_limit_reached"})", R"({"type":"billing_not_active"})",
          R"({"code":402,"type":"payment_required"})", R"({"code":"insufficient_balance"})"}) {
        EXPECT_TRUE(parse_api_error(R"({"error":)" + std::string(error) + "}").is_exhausted)
            << error;
    }
    EXPECT_FALSE(parse_api_error(R"({"error":{"code":"rate_limit_exceeded"}})").is_exhausted);
    EXPECT_EQ(parse_api_error(R"({"error":{"code":503}})").status, 503);
    EXPECT_EQ(parse_api_error(R"({"error":{"code":99999}})").status, 0);
}

TEST(ParseErrorName, KeepsOnlyTheNameOfTheError) {
    EXPECT_EQ(parse_error_name(R"({"error":{"message":"key sk-1","type":"t","code":"bad_key"}})"),
              "bad_key");
    EXPECT_EQ(parse_error_name(R"({"error":{"message":"m","type":"invalid","code":null}})"),
              "invalid");
    EXPECT_EQ(parse_error_name(R"({"error":{"code":"a b"}})"), "");
    EXPECT_EQ(parse_error_name(R"({"error":"text"})"), "");
    EXPECT_EQ(parse_error_name("<html>"), "");
}

}  // namespace
}  // namespace studio::openai
