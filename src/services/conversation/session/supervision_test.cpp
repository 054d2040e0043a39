#include <algorithm>

#include "support/fakes/session_fixture.hpp"

namespace studio::services {
namespace {

using namespace std::chrono_literals;
using Kind = core::CallCommand::Kind;

class SupervisionTest : public SessionFixture {
protected:
    ~SupervisionTest() override { session_.reset(); }

    /// After the greeting was heard.
    void begin_call(Lines lines = {}) {
        start(std::move(lines));
        loop_.run_for(3s);
    }
    void run_until_loud() {
        while (!caller_->is_loud() && loop_.now() < Instant(1'010s)) {
            loop_.run_next();
        }
        ASSERT_TRUE(caller_->is_loud()) << "the greeting is being said";
    }
    [[nodiscard]] bool was_noted(const std::string& action) const {
        return std::any_of(transcript_.begin(), transcript_.end(), [&action](const auto& entry) {
            return entry.role == core::TranscriptRole::tool && entry.content == "supervisor" &&
                   member_text(entry.tool.at("arguments"), "action") == action;
        });
    }
    void on_call_event(const core::CallRecord&, std::string_view type,
                       const JsonObject& event) override {
        events_.push_back(std::string(type) + ' ' + serialize_json(Json(event)));
    }

    Lines events_;
};

TEST_F(SupervisionTest, TheAgentSaysWhatIsAskedOfIt) {
    begin_call();
    ASSERT_TRUE(supervise(*session_, {Kind::say, "Please hold the line."}));
    loop_.run_for(5s);
    EXPECT_EQ(said().back(), "host assistant: Please hold the line.");
    EXPECT_TRUE(was_noted("say"));
    EXPECT_TRUE(std::any_of(events_.begin(), events_.end(),
                            [](const auto& event) { return event.starts_with("control "); }));
    EXPECT_TRUE(std::none_of(
        caller_->messages.begin(), caller_->messages.end(),
        [](const auto& text) { return text.find("\"control\"") != std::string::npos; }))
        << "the caller's side is not told";
}

TEST_F(SupervisionTest, AtOnceInPlaceOfWhatIsBeingSaid) {
    start({});
    run_until_loud();
    ASSERT_TRUE(supervise(*session_, {Kind::say, "Fire! Please leave.", true}));
    loop_.run_for(5s);
    EXPECT_NE(said().front(), "host assistant: Welcome.");
    EXPECT_EQ(said().back(), "host assistant: Fire! Please leave.");
}

TEST_F(SupervisionTest, TheModelKnowsWhatItIsTold) {
    begin_call();
    ASSERT_TRUE(supervise(*session_, {Kind::inject, "The guest is a regular.", true}));
    loop_.run_for(3s);
    EXPECT_TRUE(said().back().starts_with("host assistant: I am the host")) << said().back();
    const ModelRequest& asked = mind_.requests().back();
    EXPECT_TRUE(std::any_of(asked.messages.begin(), asked.messages.end(), [](const auto& message) {
        return message.content.find("The guest is a regular.") != std::string::npos;
    }));
    EXPECT_TRUE(was_noted("inject"));
}

TEST_F(SupervisionTest, AnotherAgentTakesOverAndAnUnknownOneDoesNot) {
    begin_call();
    const auto unknown = supervise(*session_, {Kind::transfer_to_agent, "cellar"});
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().find("kitchen"), std::string::npos) << "says who there is";
    EXPECT_FALSE(supervise(*session_, {Kind::transfer_to_agent, "host"}));
    EXPECT_FALSE(supervise(*session_, {Kind::transfer_to_number, "+14155550123"}))
        << "no telephone";
    EXPECT_FALSE(was_noted("transfer"));
    ASSERT_TRUE(supervise(*session_, {Kind::transfer_to_agent, "kitchen"}));
    loop_.run_for(5s);
    EXPECT_EQ(said().back(), "kitchen assistant: Kitchen here.");
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
    EXPECT_TRUE(was_noted("transfer"));
}

TEST_F(SupervisionTest, AMutedAgentHearsAndSaysNothingByItself) {
    start({"is anybody there", "hello again"});
    run_until_loud();
    ASSERT_TRUE(supervise(*session_, {Kind::mute_agent, {}, true}));
    loop_.run_for(8s);
    const auto spoke = [this] {
        return std::count_if(transcript_.begin(), transcript_.end(), [](const auto& entry) {
            return entry.role == core::TranscriptRole::assistant;
        });
    };
    const auto before = spoke();
    EXPECT_TRUE(std::any_of(transcript_.begin(), transcript_.end(), [](const auto& entry) {
        return entry.role == core::TranscriptRole::user;
    })) << "what the caller says is heard";
    EXPECT_LE(before, 1) << "the beginning of the greeting at most";
    ASSERT_TRUE(supervise(*session_, {Kind::say, "This is the manager."}));
    loop_.run_for(5s);
    EXPECT_EQ(spoke(), before + 1) << "what is asked of it is said";
    ASSERT_TRUE(session_->save().dialog.is_muted) << "and stays so where the call is carried on";
    ASSERT_TRUE(supervise(*session_, {Kind::mute_agent, {}, false}));
    ASSERT_TRUE(supervise(*session_, {Kind::inject, "Go on.", true}));
    loop_.run_for(5s);
    EXPECT_GT(spoke(), before + 1);
}

TEST_F(SupervisionTest, NothingIsDoneInACallThatIsNotActive) {
    begin_call();
    session_->freeze();
    EXPECT_FALSE(supervise(*session_, {Kind::say, "Hello."}));
    session_->thaw();
    session_->hang_up(core::EndReason::ended_by_api);
    loop_.run_for(1s);
    EXPECT_FALSE(supervise(*session_, {Kind::say, "Hello."}));
    EXPECT_FALSE(was_noted("say"));
}

TEST(CallCommandTest, IsReadAsItIsWritten) {
    const core::CallCommand command{Kind::transfer_to_number, "+14155550123", true};
    const auto read = core::parse_command(Json(core::command_json(command)));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->kind, command.kind);
    EXPECT_EQ(read->text, command.text);
    EXPECT_TRUE(read->flag);
    for (const char* text : {"{}", "[]", R"({"kind":"x","text":"","flag":true})",
                             R"({"kind":"say","text":"a","flag":1})"}) {
        EXPECT_FALSE(core::parse_command(*parse_json(text))) << text;
    }
}

}  // namespace
}  // namespace studio::services
