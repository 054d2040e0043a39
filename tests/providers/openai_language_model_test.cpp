#include "adapters/openai/openai_language_model.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapters/curl/curl_http_stream.hpp"
#include "providers/provider_loop.hpp"
#include "support/provider_servers/openai_server.hpp"

namespace studio::adapters {
namespace {

using test::Fault;

/// Writes down what comes; may let go of the answer in the first event.
class Listener final : public ModelListener {
public:
    void on_model(const ModelEvent& event) override {
        EXPECT_FALSE(is_over()) << "an event after the last one";
        if (const auto* piece = std::get_if<ModelText>(&event)) {
            text += piece->text;
        } else if (const auto* call = std::get_if<ModelToolCall>(&event)) {
            calls.push_back(call->name + call->arguments + "#" + call->id);
        } else if (const auto* end = std::get_if<ModelFinished>(&event)) {
            finished = *end;
        } else {
            failed = std::get<ModelFailed>(event).error;
        }
        if (drops_answer) {
            answer.reset();
        }
    }
    /// Forgets what came, for the next answer.
    void reset() {
        answer.reset();
        text.clear();
        calls.clear();
        finished.reset();
        failed.reset();
    }
    [[nodiscard]] bool is_over() const { return finished || failed; }

    std::string text;
    std::vector<std::string> calls;
    std::optional<ModelFinished> finished;
    std::optional<ProviderError> failed;
    bool drops_answer = false;
    std::unique_ptr<ModelAnswer> answer;
};

class OpenaiLanguageModelTest : public testing::Test {
protected:
    OpenaiOptions options() {
        OpenaiOptions options;
        options.base_url = server.base_url();
        options.api_key = Secret<std::string>("sk-test");
        options.idle_timeout = milliseconds(150);
        return options;
    }
    void ask(OpenaiLanguageModel& model, ModelRequest request = {}) {
        request.messages.push_back(
            {.role = ModelRole::user, .content = "A table.", .tool_calls = {}, .tool_call_id = {}});
        listener.answer = model.ask(std::move(request), listener);
        EXPECT_FALSE(listener.is_over()) << "never from inside ask";
    }

    /// One answer after the other, each prepared and looked at.
    void ask_each(std::size_t count, const std::function<void(std::size_t)>& prepare,
                  const std::function<void(std::size_t)>& check) {
        OpenaiLanguageModel model(http, options());
        std::size_t index = 0;
        prepare(index);
        ask(model);
        harness.run_until([&] {
            if (!listener.is_over()) {
                return false;
            }
            check(index);
            listener.reset();
            if (++index < count) {
                prepare(index);
                ask(model);
            }
            return index == count;
        });
        EXPECT_EQ(index, count);
    }

    test::ProviderLoop harness;
    test::OpenaiServer server{harness.loop().context()};
    CurlHttpStreamClient http{harness.loop()};
    Listener listener;
};

TEST_F(OpenaiLanguageModelTest, StreamsAnAnswerWithItsUsage) {
    OpenaiLanguageModel model(http, options());
    ModelRequest request;
    request.model = "m";
    request.options = *parse_json(R"({"max_tokens":99})");
    request.tools.push_back({"book", "Books.", *parse_json(R"({"type":"object"})")});
    ask(model, request);
    harness.run_until([&] { return listener.is_over(); });
    EXPECT_EQ(listener.text, "Sure, a table for two. What name is it?");
    ASSERT_TRUE(listener.finished) << listener.failed->message;
    EXPECT_EQ(listener.finished->prompt_tokens, 11U);
    EXPECT_EQ(listener.finished->completion_tokens, 4U);
    ASSERT_EQ(server.requests().size(), 1U);
    EXPECT_EQ(server.requests()[0].authorization, "Bearer sk-test");
    const Json body = *parse_json(server.requests()[0].body);
    EXPECT_EQ(member_text(body, "model"), "m");
    EXPECT_EQ(body.at("max_tokens").as_int64(), 99);
    EXPECT_EQ(body.at("stream").as_bool(), true);
    EXPECT_EQ(member_text(body.at("tools").at(0).at("function"), "name"), "book");
    EXPECT_EQ(member_text(body.at("messages").at(0), "content"), "A table.");
}

TEST_F(OpenaiLanguageModelTest, AssemblesToolCalls) {
    server.options().answer.clear();
    server.options().deltas = {R"({"tool_calls":[{"index":0,"id":"c1","type":"function",)"
                               R"("function":{"name":"book","arguments":""}}]})",
                               R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"n\":"}}]})",
                               R"({"tool_calls":[{"index":0,"function":{"arguments":"2}"}}]})"};
    OpenaiLanguageModel model(http, options());
    ask(model);
    harness.run_until([&] { return listener.is_over(); });
    EXPECT_TRUE(listener.finished);
    EXPECT_EQ(listener.calls, std::vector<std::string>{R"(book{"n":2}#c1)"});
}

TEST_F(OpenaiLanguageModelTest, UsesTheConnectionAgain) {
    OpenaiLanguageModel model(http, options());
    ask(model);
    int answers = 0;
    harness.run_until([&] {
        if (listener.is_over() && ++answers < 3) {
            listener.answer.reset();
            listener.finished.reset();
            ask(model);
        }
        return answers == 3;
    });
    EXPECT_EQ(server.requests().size(), 3U);
    EXPECT_EQ(server.connections_accepted(), 1U);
}

TEST_F(OpenaiLanguageModelTest, SendsTheKeyOnlyToItsOwnServer) {
    OpenaiOptions own = options();
    own.base_url = "http://127.0.0.1:1/v1";
    OpenaiLanguageModel model(http, own);
    ModelRequest request;
    request.options = JsonObject{{"base_url", server.base_url() + "/"}};
    ask(model, request);
    harness.run_until([&] { return listener.is_over(); });
    EXPECT_TRUE(listener.finished);
    ASSERT_EQ(server.requests().size(), 1U);
    EXPECT_EQ(server.requests()[0].authorization, "");
}

TEST_F(OpenaiLanguageModelTest, CancelsWhenTheAnswerIsDropped) {
    server.options().token_pace = milliseconds(5);
    OpenaiLanguageModel model(http, options());
    listener.drops_answer = true;
    ask(model);
    harness.run_until([&] { return !listener.text.empty() && server.connections_open() == 0; });
    EXPECT_EQ(listener.text, "Sure");
    EXPECT_FALSE(listener.is_over());
}

TEST_F(OpenaiLanguageModelTest, SaysWhenNobodyIsThere) {
    OpenaiOptions nobody = options();
    nobody.base_url = "http://127.0.0.1:1/v1";
    OpenaiLanguageModel model(http, nobody);
    ask(model);
    harness.run_until([&] { return listener.is_over(); });
    ASSERT_TRUE(listener.failed);
    EXPECT_EQ(listener.failed->code, ProviderErrorCode::unavailable);
}

TEST_F(OpenaiLanguageModelTest, KeepsTheWholeDeadlineWhilePiecesCome) {
    server.options().token_pace = milliseconds(60);
    OpenaiLanguageModel model(http, options());
    ModelRequest request;
    request.timeout = milliseconds(100);
    ask(model, request);
    harness.run_until([&] { return listener.is_over(); });
    ASSERT_TRUE(listener.failed);
    EXPECT_EQ(listener.failed->code, ProviderErrorCode::timed_out);
    EXPECT_EQ(listener.text.substr(0, 4), "Sure");
}

TEST_F(OpenaiLanguageModelTest, NoiseInTheStreamCostsNothing) {
    const std::vector<std::string> noises{
        "data: : keepalive\n\n",       "data:\n\n",
        ": OPENROUTER PROCESSING\n\n", "event: ping\n\n",
        "id: 1\nretry: 10\n\n",        "data: {\"type\":\"ping\"}\r\n\r\n"};
    ask_each(
        noises.size(), [&](std::size_t index) { server.options().noise = noises[index]; },
        [&](std::size_t index) {
            EXPECT_EQ(listener.text, "Sure, a table for two. What name is it?") << noises[index];
            EXPECT_TRUE(listener.finished) << noises[index];
        });
}

/// The sentence that waits for the end of the answer is not kept waiting until the connection ends.
TEST_F(OpenaiLanguageModelTest, AnAnswerEndsAlsoWhereTheServerDoesNotSaySo) {
    server.options().says_done = false;
    OpenaiOptions patient = options();
    patient.idle_timeout = milliseconds(60'000);
    OpenaiLanguageModel model(http, patient);
    ask(model);
    harness.run_until([&] { return listener.is_over(); });
    EXPECT_TRUE(listener.finished);
    EXPECT_EQ(listener.text, "Sure, a table for two. What name is it?");
}

TEST_F(OpenaiLanguageModelTest, KeepsParallelCallsApartThatShareAnIndex) {
    server.options().answer.clear();
    server.options().deltas = {
        R"({"tool_calls":[{"index":0,"id":"a",)"
        R"("function":{"name":"weather","arguments":"{\"c\":1}"}}]})",
        R"({"tool_calls":[{"index":0,"id":"b","function":{"name":"time","arguments":{"t":2}}}]})"};
    OpenaiLanguageModel model(http, options());
    ask(model);
    harness.run_until([&] { return listener.is_over(); });
    EXPECT_EQ(listener.calls,
              (std::vector<std::string>{R"(weather{"c":1}#a)", R"(time{"t":2}#b)"}));
}

TEST_F(OpenaiLanguageModelTest, SaysHowLongTheServerWantsToBeLeftAlone) {
    server.options().fault = Fault::status_429;
    const std::vector<std::string> headers{"7", "Wed, 21 Oct 2125 07:28:00 GMT", "nonsense"};
    ask_each(
        headers.size(), [&](std::size_t index) { server.options().retry_after = headers[index]; },
        [&](std::size_t index) {
            ASSERT_TRUE(listener.failed);
            EXPECT_EQ(listener.failed->code, ProviderErrorCode::rate_limited);
            const auto wait = listener.failed->retry_after;
            EXPECT_EQ(wait.has_value(), headers[index] != "nonsense") << headers[index];
            EXPECT_GE(wait.value_or(seconds(7)), seconds(7)) << headers[index];
            EXPECT_LE(wait.value_or(seconds(7)), seconds(86'400)) << headers[index];
        });
}

TEST_F(OpenaiLanguageModelTest, ExhaustedCreditIsNoRateLimit) {
    server.options().fault = Fault::status_429;
    const std::vector<std::string> bodies{
        R"({"error":{"type":"insufficient_quota","code":"insufficient_quota"}})",
        R"({"error":{"type":"insufficient_quota","code":null}})",
        R"({"error":{"code":"billing_hard_limit_reached"}})"};
    ask_each(
        bodies.size(), [&](std::size_t index) { server.options().error_body = bodies[index]; },
        [&](std::size_t index) {
            ASSERT_TRUE(listener.failed);
            EXPECT_EQ(listener.failed->code, ProviderErrorCode::exhausted) << bodies[index];
            EXPECT_FALSE(is_transient(listener.failed->code));
        });
}

struct FaultCase {
    const char* name;
    Fault fault;
    ProviderErrorCode code;
    std::string text;
};

class OpenaiLanguageModelFaults : public OpenaiLanguageModelTest,
                                  public testing::WithParamInterface<FaultCase> {};

TEST_P(OpenaiLanguageModelFaults, EndWithOneFailureAndKeepWhatCame) {
    server.options().fault = GetParam().fault;
    OpenaiLanguageModel model(http, options());
    ModelRequest request;
    request.timeout = milliseconds(600);
    ask(model, request);
    harness.run_until([&] { return listener.is_over(); });
    ASSERT_TRUE(listener.failed);
    EXPECT_EQ(name_of(listener.failed->code), std::string(name_of(GetParam().code)));
    EXPECT_EQ(listener.text, GetParam().text);
    EXPECT_EQ(listener.failed->message.find("sk-"), std::string::npos) << "no key in messages";
}

INSTANTIATE_TEST_SUITE_P(
    All, OpenaiLanguageModelFaults,
    testing::Values(
        FaultCase{"silent", Fault::silent, ProviderErrorCode::timed_out, ""},
        FaultCase{"stalls", Fault::stalls, ProviderErrorCode::timed_out, "Sure, a table"},
        FaultCase{"cut", Fault::cut, ProviderErrorCode::unavailable, "Sure, a table"},
        FaultCase{"status_400", Fault::status_400, ProviderErrorCode::rejected, ""},
        FaultCase{"status_401", Fault::status_401, ProviderErrorCode::unauthorized, ""},
        FaultCase{"status_402", Fault::status_402, ProviderErrorCode::exhausted, ""},
        FaultCase{"status_429", Fault::status_429, ProviderErrorCode::rate_limited, ""},
        FaultCase{"status_500", Fault::status_500, ProviderErrorCode::unavailable, ""},
        FaultCase{"rubbish_body", Fault::rubbish_body, ProviderErrorCode::malformed, ""},
        FaultCase{"rubbish_json", Fault::rubbish_json, ProviderErrorCode::malformed,
                  "Sure, a table"},
        FaultCase{"huge", Fault::huge, ProviderErrorCode::malformed, "Sure, a table"},
        FaultCase{"error_message", Fault::error_message, ProviderErrorCode::unavailable,
                  "Sure, a table"}),
    [](const testing::TestParamInfo<FaultCase>& test) { return std::string(test.param.name); });

TEST_F(OpenaiLanguageModelTest, RefusesWrongOptionsByPath) {
    const OpenaiLanguageModel model(http, options());
    EXPECT_TRUE(model.validate(Json()).empty());
    EXPECT_TRUE(
        model
            .validate(*parse_json(
                R"({"base_url":"http://localhost:11434/v1","max_tokens":200,"top_p":1,"seed":-4})"))
            .empty());
    for (const char* wrong : {R"({"base_url":"ftp://x"})", R"({"max_tokens":0})",
                              R"({"max_tokens":1.5})", R"({"top_p":1.1})", R"({"nope":1})"}) {
        const auto errors = model.validate(*parse_json(wrong));
        ASSERT_EQ(errors.size(), 1U) << wrong;
        EXPECT_NE(std::string(wrong).find('"' + errors[0].path + '"'), std::string::npos);
    }
    EXPECT_EQ(model.validate(*parse_json("[]")).size(), 1U);
}

}  // namespace
}  // namespace studio::adapters
