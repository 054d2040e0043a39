#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "adapters/openai/openai_language_model.hpp"
#include "base/entropy.hpp"
#include "core/dialog/dialog.hpp"
#include "support/provider_servers/strict_chat.hpp"

/// What a language model is sent, whatever happened in the call and whatever the model wrote, is
/// taken by the strictest server: one request that is refused would mean every later one.
namespace studio::adapters {
namespace {

/// Keeps the body of the last request and never answers.
class DeafClient final : public HttpStreamClient {
public:
    std::unique_ptr<HttpExchange> open(HttpStreamRequest request, HttpStreamListener&) override {
        body = request.request.body;
        return std::make_unique<HttpExchange>();
    }
    std::string body;
};

class NobodyListens final : public ModelListener {
public:
    void on_model(const ModelEvent&) override {}
};

/// The messages that a server gets for these, or why it refuses them.
std::string send(std::vector<ModelMessage> messages) {
    DeafClient http;
    OpenaiLanguageModel model(http, {});
    NobodyListens listener;
    ModelRequest request;
    request.messages = std::move(messages);
    const auto answer = model.ask(std::move(request), listener);
    const auto body = parse_json(http.body);
    if (!body) {
        return "REFUSED: the body is no JSON";
    }
    const std::string fault = test::find_chat_fault(*body);
    if (!fault.empty()) {
        return "REFUSED: " + fault + " in " + http.body;
    }
    std::string line;
    for (const Json& message : body->at("messages").as_array()) {
        line += member_text(message, "role").substr(0, 1) + ":" + member_text(message, "content");
        if (const Json* calls = find_member(message, "tool_calls")) {
            for (const Json& call : calls->as_array()) {
                line += "<" + member_text(call, "id") + " " +
                        member_text(call.at("function"), "name") +
                        member_text(call.at("function"), "arguments") + ">";
            }
        }
        line += "|";
    }
    return line;
}

ModelMessage system(std::string text) {
    return {ModelRole::system, std::move(text), {}, {}};
}
ModelMessage user(std::string text) {
    return {ModelRole::user, std::move(text), {}, {}};
}
ModelMessage agent(std::string text, std::vector<ModelToolCall> calls = {}) {
    return {ModelRole::assistant, std::move(text), std::move(calls), {}};
}
ModelMessage tool(std::string id, std::string text) {
    return {ModelRole::tool, std::move(text), {}, std::move(id)};
}

TEST(StrictHistory, KeepsWhatIsFine) {
    EXPECT_EQ(send({system("p"), user("hi"), agent("hello", {{"a", "x", R"({"n":1})"}}),
                    tool("a", "ok"), agent("done"), user("bye")}),
              R"(s:p|u:hi|a:hello<a x{"n":1}>|t:ok|a:done|u:bye|)");
}

TEST(StrictHistory, AnAgentThatSpeaksFirstAnswersARemark) {
    EXPECT_EQ(send({system("p"), agent("Hello."), user("hi")}),
              "s:p|u:[The call has begun.]|a:Hello.|u:hi|");
    EXPECT_EQ(
        send({agent("Hello."), agent("Are you there?")}),
        "u:[The call has begun.]|a:Hello. Are you there?|u:[The caller is listening: go on.]|");
    EXPECT_EQ(send({system("")}), "u:[The call has begun.]|");
}

TEST(StrictHistory, RemarksGoBeforeTheCallersWords) {
    EXPECT_EQ(send({system("p"), user("hi"), agent("One"), system("Cut."), user("stop")}),
              "s:p|u:hi|a:One|u:[Cut.]\nstop|");
    EXPECT_EQ(send({system("p"), user("hi"), agent("One"), system("Cut."), system("Late.")}),
              "s:p|u:hi|a:One|u:[Cut. Late.]|");
    EXPECT_EQ(send({system("p"), user("hi"), system("Cut."), user("stop")}),
              "s:p|u:hi [Cut.]\nstop|");
}

TEST(StrictHistory, EveryToolCallIsAnsweredOnceAndInOrder) {
    EXPECT_EQ(send({user("x"), agent("", {{"a", "f", "{}"}, {"b", "g", "{}"}}), tool("b", "2"),
                    tool("a", "1"), tool("a", "3"), tool("zz", "4")}),
              "u:x|a:<a f{}><b g{}>|t:1|t:2|");
    EXPECT_EQ(send({user("x"), agent("", {{"a", "f", "{}"}}), user("and?")}),
              R"(u:x|a:<a f{}>|t:{"ok":false,"error":"there is no result"}|)"
              "a:[The caller went on before there was an answer.]|u:and?|");
    EXPECT_EQ(send({user("x"), agent("", {{"a", "f", "{}"}}), tool("a", " "), agent("y"), user("z"),
                    agent("", {{"a", "f", "{}"}}), tool("a", "again")}),
              "u:x|a:<a f{}>|t:{}|a:y|u:z|a:<a_2 f{}>|t:again|");
}

TEST(StrictHistory, WhatAModelWroteIsMadeValid) {
    for (const char* arguments : {R"({"city":"San Fra)", "", "null", "[1]", "7", "\"x\"", "{}{}",
                                  "not json", "{\"a\":\"\xff\"}"}) {
        EXPECT_EQ(send({user("x"), agent("", {{"a", "f", arguments}}), tool("a", "1")}),
                  "u:x|a:<a f{}>|t:1|")
            << arguments;
    }
    EXPECT_EQ(send({user("x"), agent("", {{"", "functions.book table!", "{}"}, {"", "", "{}"}}),
                    tool("", "1"), tool("", "2")}),
              "u:x|a:<call functions_book_table_{}><call_2 unknown{}>|t:1|t:2|");
    EXPECT_EQ(send({user(std::string("a\xff\0b", 4)), agent(""), user(" \n")}),
              "u:a\xEF\xBF\xBD\xEF\xBF\xBD"
              "b|");
    const std::string long_name(100, 'n');
    EXPECT_EQ(send({user("x"), agent("", {{long_name, long_name, "{}"}}), tool(long_name, "1")}),
              "u:x|a:<" + std::string(40, 'n') + " " + std::string(64, 'n') + "{}>|t:1|");
}

ModelRole role_of(core::DialogRole role) {
    return static_cast<ModelRole>(role);
}
static_assert(static_cast<int>(ModelRole::tool) == static_cast<int>(core::DialogRole::tool));

/// A dialog whose caller, model, voice and tools do anything at any time.
class WildCall {
public:
    explicit WildCall(std::uint64_t seed) : entropy_(seed) {}

    void step() {
        using namespace core;
        static const std::vector<std::string> texts{
            "A whole sentence. And ", "", " ", "👍", "**", "Half"};
        static const std::vector<std::string> ids{"", "a", "b", "call 1", std::string(80, 'i')};
        static const std::vector<std::string> names{"book", "", "a b", std::string(90, 'n')};
        static const std::vector<std::string> arguments{"{}", "", "{\"x\":", R"({"x":1})", "[]"};
        switch (entropy_.u32() % 11) {
            case 0:
                return give(UserSaid{pick(texts)});
            case 1:
                return give(AgentSays{pick(texts), true});
            case 2:
                return give(ModelPiece{request_, pick(texts)});
            case 3:
            case 4:
                return give(ModelToolAsked{request_, {pick(ids), pick(names), pick(arguments)}});
            case 5:
                return give(ModelDone{request_, 1});
            case 6:
                return give(ModelBroke{request_});
            case 7:
                return take(tools_, [this](const std::string& id) {
                    give(ToolDone{id, pick({"{}", "", "done"}), entropy_.u32() % 2 == 0, {}});
                });
            case 8:
                return take(sentences_, [this](std::uint32_t id) { give(SentenceHeard{id}); });
            case 9:
                return take(sentences_, [this](std::uint32_t id) {
                    give(SentenceCut{id, pick({"", "heard"})});
                });
            default:
                return give(CallerInterrupted{});
        }
    }

    [[nodiscard]] int requests() const { return requests_; }

private:
    const std::string& pick(const std::vector<std::string>& values) {
        return values[entropy_.u32() % values.size()];
    }
    template <class Value, class Use>
    void take(std::deque<Value>& values, const Use& use) {
        if (!values.empty()) {
            const Value value = values.front();
            values.pop_front();
            use(value);
        }
    }

    void give(const core::DialogInput& input) {
        dialog_.handle(input, Instant{});
        while (const auto output = dialog_.poll_output()) {
            if (const auto* ask = std::get_if<core::AskModel>(&*output)) {
                request_ = ask->request;
                ++requests_;
                check(ask->messages);
            } else if (const auto* speak = std::get_if<core::Speak>(&*output)) {
                sentences_.push_back(speak->sentence);
            } else if (const auto* run = std::get_if<core::RunTool>(&*output)) {
                tools_.push_back(run->call.id);
            }
        }
    }

    static void check(const std::vector<core::DialogMessage>& messages) {
        std::vector<ModelMessage> sent;
        for (const core::DialogMessage& message : messages) {
            sent.push_back({role_of(message.role), message.content, {}, message.tool_call_id});
            for (const core::DialogToolCall& call : message.tool_calls) {
                sent.back().tool_calls.push_back({call.id, call.name, call.arguments});
            }
        }
        const std::string line = send(std::move(sent));
        EXPECT_FALSE(line.starts_with("REFUSED")) << line;
    }

    SeededEntropy entropy_;
    core::Dialog dialog_{{.system_prompt = "Be kind.", .apology = "Sorry."}};
    std::uint32_t request_ = 0;
    int requests_ = 0;
    std::deque<std::uint32_t> sentences_;
    std::deque<std::string> tools_;
};

TEST(StrictHistory, IsTakenWhateverHappenedInTheCall) {
    int requests = 0;
    for (std::uint64_t seed = 1; seed <= 200 && !testing::Test::HasFailure(); ++seed) {
        WildCall call(seed);
        for (int step = 0; step < 120; ++step) {
            call.step();
        }
        requests += call.requests();
    }
    EXPECT_GT(requests, 2'000);
}

}  // namespace
}  // namespace studio::adapters
