#include "services/trial/chats.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "base/log.hpp"
#include "support/fakes/fake_http_client.hpp"
#include "support/fakes/fake_language_model.hpp"
#include "support/stores/calls_fixture.hpp"

namespace studio::services {
namespace {

using testing::tenant;
using testing_support::FakeLanguageModel;
using Lines = std::vector<std::string>;

class NoZones final : public TimeZones {
public:
    [[nodiscard]] std::shared_ptr<const core::ZoneRules> find(std::string_view) override {
        return nullptr;
    }
};

/// The waiter of the fixture, who hands over to the kitchen; both do what the caller's last word
/// names, where it is one of their tools.
class ChatsTest : public testing::CallsFixture {
protected:
    ChatsTest() {
        set_log_level(LogLevel::off);
        models_.add("scripted", mind_);
        add_row(
            ResourceKind::tool, "take",
            R"({"description":"d","parameters":[],"actions":[{"type":"flag.set","flag":"ordered"},
                    {"type":"context.set","path":"workflow.dish","value":"soup"}]})");
        add_row(ResourceKind::tool, "over",
                R"({"description":"d","parameters":[],
                    "actions":[{"type":"handoff","target_agent":"kitchen"}]})");
        add_row(ResourceKind::tool, "goodbye", R"({"description":"d","parameters":[],"actions":[
            {"type":"end_call","message":"Goodbye.","reason":"eaten"}]})");
        add_row(
            ResourceKind::agent, "host",
            R"({"prompt":{"system":"Host of {{user.name}}.","greeting":"Welcome, {{user.name}}."},
                    "llm":{"provider":"scripted"},"tools":["take","over","goodbye"]})");
        add_row(ResourceKind::agent, "kitchen",
                R"({"prompt":{"system":"Kitchen: {{workflow.dish}}.","greeting":"Kitchen here."},
                    "llm":{"provider":"scripted"},"tools":["goodbye"]})");
    }
    ~ChatsTest() override { set_log_level(LogLevel::info); }

    void add_row(ResourceKind kind, const char* name, const char* config) {
        Resource row;
        row.id = name;
        row.tenant_id = tenant;
        row.name = name;
        row.config = *parse_json(config);
        run(store(kind, std::move(row)));
    }
    Task<void> store(ResourceKind kind, Resource row) {
        EXPECT_TRUE((co_await resources_.create(kind, std::move(row))).has_value());
    }

    static FakeLanguageModel::Reply answer(const ModelRequest& request) {
        const ModelMessage& last = request.messages.back();
        if (last.role == ModelRole::tool) {
            return {"Done.", {}};
        }
        const std::string name = last.content.substr(last.content.rfind(' ') + 1);
        for (const ModelTool& offered : request.tools) {
            if (last.role == ModelRole::user && offered.name == name) {
                return {"", {{"call-" + std::to_string(request.messages.size()), name, "{}"}}};
            }
        }
        return {request.messages.front().content + " You said: " + last.content, {}};
    }

    ServiceResult<ChatReply> say(ChatRequest request, CallTarget target = {"host"}) {
        std::optional<ServiceResult<ChatReply>> reply;
        scope_.spawn(say_into(reply, std::move(target), std::move(request)));
        loop_.run_for(seconds(90));
        EXPECT_TRUE(reply.has_value());
        return std::move(*reply);
    }
    Task<void> say_into(std::optional<ServiceResult<ChatReply>>& reply, CallTarget target,
                        ChatRequest request) {
        reply = co_await chats_.say(tenant, std::move(target), std::move(request));
    }
    /// Begins with Ada, and says these one after the other.
    ChatReply talk(const Lines& lines) {
        auto reply = say({.user_context = JsonObject{{"name", "Ada"}}});
        for (const std::string& line : lines) {
            reply = say({.message = line, .state = reply->state});
            EXPECT_TRUE(reply) << line;
        }
        return std::move(*reply);
    }
    static Lines said(const ChatReply& reply) {
        Lines lines;
        for (const core::TranscriptEntry& entry : reply.entries) {
            lines.push_back(entry.agent + ' ' + std::string(core::name_of(entry.role)) + ": " +
                            entry.content);
        }
        return lines;
    }

    testing_support::FaultPlan faults_{.entropy = &entropy_};
    FakeLanguageModel mind_{loop_, faults_, answer};
    testing_support::FakeHttpClient http_{loop_, faults_,
                                          [](const HttpRequest&) { return HttpResponse{}; }};
    ProviderRegistry<LanguageModel> models_;
    NoZones zones_;
    ChatsOptions options_;
    Chats chats_{{resources_, models_, http_, zones_, entropy_, loop_}, options_};
};

TEST_F(ChatsTest, TheAgentGreetsAndAnswers) {
    const auto greeted = say({.user_context = JsonObject{{"name", "Ada"}}});
    ASSERT_TRUE(greeted) << greeted.error().message;
    EXPECT_EQ(said(*greeted), Lines{"host assistant: Welcome, Ada."});
    const auto answered = say({.message = "Two soups please", .state = greeted->state});
    ASSERT_TRUE(answered);
    EXPECT_EQ(said(*answered), (Lines{"host user: Two soups please",
                                      "host assistant: Host of Ada. You said: Two soups please"}));
    EXPECT_EQ(answered->entries.front().sequence, 1U) << "numbers go on";
    EXPECT_FALSE(answered->state.empty());
}

TEST_F(ChatsTest, TheFirstRequestMayHaveAMessage) {
    const auto reply = say({.message = "Hello there"});
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->entries.size(), 3U);
}

TEST_F(ChatsTest, ToolsRunAndTheirTracesAreShown) {
    const ChatReply reply = talk({"please take"});
    EXPECT_EQ(reply.flags.at("ordered"), true);
    EXPECT_EQ(reply.workflow.at("dish"), "soup");
    EXPECT_EQ(said(reply).back(), "host assistant: Done.");
}

TEST_F(ChatsTest, AnotherAgentTakesOverAndKeepsTheConversation) {
    const ChatReply over = talk({"please take", "now over"});
    EXPECT_EQ(said(over).back(), "kitchen assistant: Kitchen here.");
    EXPECT_EQ(over.record.agent_history, (Lines{"host", "kitchen"}));
    const auto next = say({.message = "Is it hot?", .state = over.state});
    ASSERT_TRUE(next);
    EXPECT_EQ(said(*next).back(), "kitchen assistant: Kitchen: soup. You said: Is it hot?");
    EXPECT_EQ(next->record.agent_history, (Lines{"host", "kitchen"}));
}

TEST_F(ChatsTest, AnOlderStateGoesBack) {
    const ChatReply before = talk({"First"});
    const auto one = say({.message = "Second", .state = before.state});
    const auto other = say({.message = "Another second", .state = before.state});
    ASSERT_TRUE(one);
    ASSERT_TRUE(other);
    EXPECT_EQ(said(*other).front(), "host user: Another second");
    for (const ModelMessage& message : mind_.requests().back().messages) {
        EXPECT_NE(message.content, "Second");
    }
}

TEST_F(ChatsTest, AnEndIsAnEnd) {
    const ChatReply reply = talk({"well goodbye"});
    EXPECT_EQ(said(reply).back(), "host assistant: Goodbye.");
    EXPECT_TRUE(reply.state.empty());
    EXPECT_EQ(reply.record.status, core::CallStatus::completed);
    EXPECT_EQ(reply.record.status_reason, "eaten");
}

TEST_F(ChatsTest, AStateIsOfItsTargetAndWhole) {
    const ChatReply reply = talk({"First"});
    const auto elsewhere = say({.message = "x", .state = reply.state}, {"kitchen"});
    ASSERT_FALSE(elsewhere);
    EXPECT_EQ(elsewhere.error().code, ServiceErrorCode::validation_error);
    std::string torn = reply.state;
    torn.resize(torn.size() / 2);
    const auto damaged = say({.message = "x", .state = torn});
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().details.front().field, "state");
}

TEST_F(ChatsTest, AnAgentThatIsNotThereIsNotFound) {
    const auto reply = say({}, {"nobody"});
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ServiceErrorCode::not_found);
}

TEST_F(ChatsTest, AModelThatFailsIsToldAndTheConversationGoesOn) {
    FakeLanguageModel broken(loop_, {.entropy = &entropy_, .failure_share = 1.0}, answer);
    models_.add("scripted", broken);
    const ChatReply failed = talk({"First"});
    ASSERT_FALSE(failed.record.errors.empty());
    EXPECT_EQ(failed.record.errors.front().stage, core::CallStage::llm);
    models_.add("scripted", mind_);
    const auto again = say({.message = "Once more", .state = failed.state});
    ASSERT_TRUE(again);
    EXPECT_EQ(said(*again).back(), "host assistant: Host of Ada. You said: Once more");
}

TEST_F(ChatsTest, StoppingEndsWhatIsUnderWay) {
    std::optional<ServiceResult<ChatReply>> reply;
    scope_.spawn(say_into(reply, {"host"}, {.message = "Hello"}));
    loop_.run_for(milliseconds(30));
    EXPECT_FALSE(reply.has_value());
    chats_.stop();
    loop_.run_for(milliseconds(30));
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->error().code, ServiceErrorCode::unavailable);
}

TEST(ChatRequestTest, WrongFieldsAreNamed) {
    const auto field_of = [](const char* body) {
        const auto request = parse_chat_request(*parse_json(body));
        return request ? std::string() : request.error().front().field;
    };
    EXPECT_EQ(field_of(R"({})"), "");
    EXPECT_EQ(field_of(R"({"message":"hi","user_context":{"name":"Ada"}})"), "");
    EXPECT_EQ(field_of(R"({"state":"x"})"), "message");
    EXPECT_EQ(field_of(R"({"message":"hi","state":"x","user_context":{}})"), "user_context");
    EXPECT_EQ(field_of(R"({"massage":"hi"})"), "massage");
    EXPECT_EQ(field_of(R"({"message":7})"), "message");
}

}  // namespace
}  // namespace studio::services
