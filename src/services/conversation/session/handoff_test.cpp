#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/log.hpp"
#include "runtime/virtual_loop.hpp"
#include "services/conversation/session/call_session.hpp"
#include "support/fakes/fake_call_media.hpp"
#include "support/fakes/fake_http_client.hpp"
#include "support/fakes/fake_language_model.hpp"
#include "support/fakes/fake_speech_to_text.hpp"
#include "support/fakes/fake_text_to_speech.hpp"

namespace studio::services {
namespace {

using namespace std::chrono_literals;
using testing_support::FakeLanguageModel;
using Lines = std::vector<std::string>;

/// Says one line after the other, each when the agent has been silent for a while.
class Caller final : public testing_support::FakeCaller {
public:
    Caller(testing_support::SimulatedSpeech& speech, Lines lines)
        : speech_(speech), lines_(std::move(lines)) {}

    [[nodiscard]] InboundFrame speak(Instant now) override {
        InboundFrame inbound;
        inbound.captured_at = now - 20ms;
        inbound.origin = FrameOrigin::received;
        const bool may_speak = interrupts ? is_loud_ : now - loud_at_ > 1'200ms;
        if (!speaks_ && next_ < lines_.size() && has_heard_ && may_speak) {
            utterance_ = speech_.add(lines_[next_++]);
            speaks_ = true;
            interrupts = false;
            frame_ = 0;
        }
        if (speaks_) {
            loud_at_ = now;
            inbound.frame = speech_.frame(utterance_, frame_);
            speaks_ = ++frame_ < speech_.frame_count(utterance_);
        }
        return inbound;
    }
    void hear(const audio::Frame* frame, Instant now) override {
        is_loud_ = frame != nullptr;
        if (is_loud_) {
            loud_at_ = now;
            has_heard_ = true;
        }
    }
    void read(std::string_view message) override { messages.emplace_back(message); }
    void on_hang_up() override {}

    [[nodiscard]] bool is_loud() const { return is_loud_; }

    Lines messages;
    /// The next line is said while the agent speaks.
    bool interrupts = false;

private:
    testing_support::SimulatedSpeech& speech_;
    Lines lines_;
    std::size_t next_ = 0;
    bool speaks_ = false;
    bool has_heard_ = false;
    bool is_loud_ = false;
    Instant loud_at_{};
    std::uint16_t utterance_ = 0;
    std::size_t frame_ = 0;
};

/// A recogniser that tells when its streams are opened.
class Ears final : public SpeechToText {
public:
    Ears(SpeechToText& inner, std::function<void()> on_open)
        : inner_(inner), on_open_(std::move(on_open)) {}
    [[nodiscard]] std::vector<OptionError> validate(const SpeechToTextOptions&) const override {
        return {};
    }
    [[nodiscard]] std::unique_ptr<SpeechStream> open(const SpeechToTextOptions& options,
                                                     SpeechListener& listener) override {
        on_open_();
        return inner_.open(options, listener);
    }

private:
    SpeechToText& inner_;
    std::function<void()> on_open_;
};

core::ToolDefinition tool(const char* name, const char* actions) {
    const auto config =
        parse_json(std::string(R"({"description":"d","parameters":[],"actions":)") + actions + "}");
    auto parsed = core::parse_tool_definition(name, *config);
    STUDIO_CHECK(parsed.has_value(), "the test's tools are valid");
    return *parsed;
}

/// Each agent has a prompt, a recogniser and a voice of its own, and asks for the tool that is
/// named by the caller's last words.
class HandoffTest : public testing::Test, public CallObserver {
protected:
    HandoffTest() {
        set_log_level(LogLevel::off);
        plan_.record.id = CallId("call-1");
        plan_.record.agent_name = "host";
        plan_.record.user_context = JsonObject{{"name", "Ada"}};
        add_agent("host", "Welcome.");
        add_agent("kitchen", "Kitchen here.");
        core::AgentPlan& host = plan_.agents[0];
        host.tools.push_back(tool("to_kitchen", R"([
            {"type":"context.set","path":"workflow.dish","value":"soup"},
            {"type":"context.set","path":"agents.secret","value":"host's"},
            {"type":"handoff","target_agent":"kitchen","message":"One moment please."}])"));
        host.tools.push_back(tool("to_cellar", R"([{"type":"handoff","target_agent":"cellar"}])"));
        host.tools.push_back(tool("order", R"([{"type":"flag.set","flag":"ordered"}])"));
    }

    void add_agent(const char* name, const char* greeting) {
        core::AgentPlan& agent = plan_.agents.emplace_back();
        agent.name = name;
        agent.config.prompt.system =
            std::string("I am the ") + name + ", {{workflow.dish}}, {{agents.secret}}.";
        agent.config.prompt.greeting = greeting;
        agent.config.session.reprompt_delay = 0ms;
        agent.config.session.bridge = "Sorry.";
    }

    static FakeLanguageModel::Reply answer(const ModelRequest& request) {
        const ModelMessage& last = request.messages.back();
        if (last.role == ModelRole::tool) {
            return {last.content.find("error") == std::string::npos ? "It is done."
                                                                    : "I cannot do that.",
                    {}};
        }
        const std::string name = last.content.substr(last.content.rfind(' ') + 1);
        for (const ModelTool& offered : request.tools) {
            if (last.role == ModelRole::user && offered.name == name) {
                return {"", {{"call-" + std::to_string(request.messages.size()), name, "{}"}}};
            }
        }
        return {request.messages.front().content.substr(0, 15) + " speaking.", {}};
    }

    void start(Lines lines, std::optional<SessionSnapshot> snapshot = {}) {
        session_.reset();
        CallPlan plan = plan_;
        plan.snapshot = std::move(snapshot);
        caller_ = std::make_unique<Caller>(speech_, std::move(lines));
        CallProviders providers{http_, {}};
        for (std::size_t index = 0; index < plan.agents.size(); ++index) {
            ears_.push_back(std::make_unique<Ears>(
                stt_, [this, name = plan.agents[index].name] { opened_.push_back(name); }));
            voices_.push_back(std::make_unique<testing_support::FakeTextToSpeech>(loop_, faults_));
            providers.seats.push_back({*ears_.back(), mind_, *voices_.back()});
        }
        auto media =
            std::make_unique<testing_support::FakeCallMedia>(loop_, *caller_, media_options_);
        media_ = media.get();
        session_ = std::make_unique<CallSession>(loop_, std::move(plan), std::move(providers),
                                                 std::move(media), *this, CallSessionOptions{});
        session_->start();
    }

    /// With one model for all, which the session does not outlive; the caller says one line.
    void start_with(LanguageModel& model, const char* line) {
        caller_ = std::make_unique<Caller>(speech_, Lines{line});
        CallProviders providers{http_, {}};
        for (std::size_t index = 0; index < plan_.agents.size(); ++index) {
            voices_.push_back(std::make_unique<testing_support::FakeTextToSpeech>(loop_, faults_));
            providers.seats.push_back({stt_, model, *voices_.back()});
        }
        auto media = std::make_unique<testing_support::FakeCallMedia>(
            loop_, *caller_, testing_support::FakeCallMedia::Options{});
        session_ = std::make_unique<CallSession>(loop_, plan_, std::move(providers),
                                                 std::move(media), *this, CallSessionOptions{});
        session_->start();
    }

    /// What was said and heard, `agent role: words`.
    [[nodiscard]] Lines said() const {
        Lines said;
        for (const core::TranscriptEntry& entry : transcript_) {
            if (entry.role != core::TranscriptRole::tool) {
                said.push_back(entry.agent + ' ' + std::string(core::name_of(entry.role)) + ": " +
                               entry.content);
            }
        }
        return said;
    }
    [[nodiscard]] const Json& last_tool_result() const {
        for (auto entry = transcript_.rbegin(); entry != transcript_.rend(); ++entry) {
            if (entry->role == core::TranscriptRole::tool) {
                return entry->tool.at("result");
            }
        }
        static const Json none;
        return none;
    }

    void on_call_status(const core::CallRecord& record) override { record_ = record; }
    void on_transcript(const core::CallRecord&, const core::TranscriptEntry& entry) override {
        transcript_.push_back(entry);
    }
    void on_call_closing(const core::CallRecord& record, std::function<void()> stored) override {
        record_ = record;
        stored();
    }
    void on_call_ended(const core::CallRecord& record) override { record_ = record; }

    CallPlan plan_;
    runtime::VirtualLoop loop_;
    SeededEntropy entropy_{1};
    testing_support::FaultPlan faults_{.entropy = &entropy_};
    testing_support::SimulatedSpeech speech_;
    testing_support::FakeSpeechToText stt_{loop_, speech_, faults_};
    FakeLanguageModel mind_{loop_, faults_, answer};
    testing_support::FakeHttpClient http_{loop_, faults_, [](const HttpRequest&) {
                                              return HttpResponse{200, "application/json", "{}"};
                                          }};
    std::vector<std::unique_ptr<Ears>> ears_;
    std::vector<std::unique_ptr<testing_support::FakeTextToSpeech>> voices_;
    Lines opened_;
    std::unique_ptr<Caller> caller_;
    std::vector<core::TranscriptEntry> transcript_;
    core::CallRecord record_;
    testing_support::FakeCallMedia::Options media_options_;
    testing_support::FakeCallMedia* media_ = nullptr;
    std::unique_ptr<CallSession> session_;
};

TEST_F(HandoffTest, TheNextAgentGoesOnWithItsOwnVoicePromptAndTools) {
    start({"now to_kitchen", "one soup"});
    loop_.run_for(20s);
    EXPECT_EQ(said(),
              (Lines{"host assistant: Welcome.", "host user: now to_kitchen",
                     "host assistant: One moment please.", "kitchen assistant: Kitchen here.",
                     "kitchen user: one soup", "kitchen assistant: I am the kitche speaking."}));
    EXPECT_EQ(voices_[0]->texts(), (Lines{"Welcome.", "One moment please."}));
    EXPECT_EQ(voices_[1]->texts(), (Lines{"Kitchen here.", "I am the kitche speaking."}));
    EXPECT_EQ(opened_, (Lines{"host", "kitchen"}));
    // What all agents share is seen, what is the host's own is not.
    const ModelRequest& asked = mind_.requests().back();
    EXPECT_EQ(asked.messages.front().content, "I am the kitchen, soup, .");
    EXPECT_TRUE(asked.tools.empty());
    EXPECT_TRUE(std::any_of(asked.messages.begin(), asked.messages.end(), [](const auto& message) {
        return message.role == ModelRole::user && message.content == "now to_kitchen";
    })) << "nobody is asked again for what they said before";
    EXPECT_EQ(last_tool_result().at("handed_over_to"), "kitchen");
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
    EXPECT_EQ(record_.agent_name, "host") << "with whom the call began";
    EXPECT_EQ(record_.metrics.agent_handoffs, 1U);
    EXPECT_TRUE(std::any_of(caller_->messages.begin(), caller_->messages.end(), [](const auto& m) {
        return m.find(R"("type":"agent_changed")") != std::string::npos &&
               m.find(R"("agent":"kitchen","previous_agent":"host")") != std::string::npos;
    }));
}

TEST_F(HandoffTest, ItsRecogniserIsOpenedWhileTheOtherStillSpeaks) {
    start({"now to_kitchen"});
    while (opened_.size() < 2 && loop_.now() < Instant(1'020s)) {
        loop_.run_next();
    }
    EXPECT_EQ(opened_.back(), "kitchen");
    EXPECT_EQ(said().back(), "host user: now to_kitchen");
    EXPECT_EQ(session_->save().next_agent, "kitchen");
}

TEST_F(HandoffTest, AnAgentWithoutAGreetingIsAskedToGoOn) {
    plan_.agents[1].config.prompt.greeting.clear();
    start({"now to_kitchen"});
    loop_.run_for(20s);
    EXPECT_EQ(said().back(), "kitchen assistant: I am the kitche speaking.");
    const ModelMessage& note = mind_.requests().back().messages.back();
    EXPECT_EQ(note.role, ModelRole::system);
    EXPECT_NE(note.content.find("handed over to you by 'host'"), std::string::npos);
}

TEST_F(HandoffTest, TheModelIsToldThatThereIsNoSuchAgentAndWhichThereAre) {
    start({"now to_cellar", "well then"});
    loop_.run_for(20s);
    EXPECT_EQ(last_tool_result().at("error"),
              "there is no agent 'cellar' to hand over to; known are: kitchen");
    EXPECT_EQ(last_tool_result().at("ok"), false);
    EXPECT_EQ(said(), (Lines{"host assistant: Welcome.", "host user: now to_cellar",
                             "host assistant: I cannot do that.", "host user: well then",
                             "host assistant: I am the host, speaking."}));
    EXPECT_EQ(record_.agent_history, Lines{"host"});
}

TEST_F(HandoffTest, AToolThatTheModelInventedIsAnsweredWithThoseThatThereAre) {
    FakeLanguageModel inventive(loop_, faults_, [](const ModelRequest& request) {
        return request.messages.back().role == ModelRole::tool
                   ? FakeLanguageModel::Reply{"I cannot do that.", {}}
                   : FakeLanguageModel::Reply{"", {{"call-1", "to_attic", "{}"}}};
    });
    start_with(inventive, "hello there");
    loop_.run_for(12s);
    EXPECT_EQ(last_tool_result().at("error"),
              "there is no tool 'to_attic'; known are: to_kitchen, to_cellar, order");
    EXPECT_EQ(said().back(), "host assistant: I cannot do that.");
    session_.reset();
}

TEST_F(HandoffTest, ASlowModelIsBridgedAndItsAnswerIsWhatIsMeasured) {
    FakeLanguageModel slow(loop_, {.entropy = &entropy_, .latency_min = 6s, .latency_max = 6s},
                           answer);
    start_with(slow, "hello there");
    loop_.run_for(20s);
    ASSERT_EQ(said().back(), "host assistant: One moment, please. I am the host, speaking.");
    const auto& latency = transcript_.back().latency;
    ASSERT_TRUE(latency && latency->first_token && latency->first_packet);
    EXPECT_GE(*latency->first_token, 6s);
    EXPECT_GE(*latency->first_packet, *latency->first_token) << "the filler is no answer";
    session_.reset();
}

TEST_F(HandoffTest, FlagsHandOverWhereTheConfigurationSaysSo) {
    plan_.agents[0].config.handoffs = {{"kitchen", {"ordered", "paid"}}};
    start({"please order"});
    loop_.run_for(12s);
    EXPECT_EQ(record_.agent_history, Lines{"host"}) << "one flag of two";
    plan_.agents[0].config.handoffs = {{"kitchen", {"ordered"}}};
    transcript_.clear();
    start({"please order"});
    loop_.run_for(12s);
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
    EXPECT_EQ(said().back(), "kitchen assistant: Kitchen here.");
}

TEST_F(HandoffTest, AgentsThatHandOverInACircleAreTold) {
    add_agent("bar", "");
    plan_.agents[1].config.prompt.greeting.clear();
    for (core::AgentPlan& agent : plan_.agents) {
        const std::string other = agent.name == "kitchen" ? "bar" : "kitchen";
        agent.config.handoffs = {{other, {"ordered"}}};
        agent.tools = {tool("order", R"([{"type":"flag.set","flag":"ordered"}])")};
    }
    FakeLanguageModel eager(loop_, faults_, [](const ModelRequest& request) {
        const ModelMessage& last = request.messages.back();
        if (last.role == ModelRole::tool) {
            return FakeLanguageModel::Reply{"I stay here.", {}};
        }
        return FakeLanguageModel::Reply{
            "", {{"call-" + std::to_string(request.messages.size()), "order", "{}"}}};
    });
    CallPlan plan = plan_;
    caller_ = std::make_unique<Caller>(speech_, Lines{"hello there"});
    testing_support::FakeTextToSpeech voice(loop_, faults_);
    session_ = std::make_unique<CallSession>(
        loop_, std::move(plan),
        CallProviders{http_, {{stt_, eager, voice}, {stt_, eager, voice}, {stt_, eager, voice}}},
        std::make_unique<testing_support::FakeCallMedia>(loop_, *caller_,
                                                         testing_support::FakeCallMedia::Options{}),
        *this, CallSessionOptions{});
    session_->start();
    loop_.run_for(30s);
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen", "bar", "kitchen"}));
    EXPECT_EQ(said().back(), "kitchen assistant: I stay here.");
    session_.reset();
}

TEST_F(HandoffTest, WhatIsWrittenStopsTheAgentAlsoRightAtTheStart) {
    start({});
    loop_.run_for(60ms);
    media_->write(R"({"type":"text","text":"tell me"})");
    loop_.run_for(700ms);
    ASSERT_TRUE(caller_->is_loud());
    for (const std::string& message : caller_->messages) {
        EXPECT_EQ(message.find("Welcome."), std::string::npos)
            << "the answer is heard, and not the greeting that it replaced";
    }
    media_->write(R"({"type":"text","text":"stop"})");
    loop_.run_for(60ms);
    EXPECT_FALSE(caller_->is_loud());
    loop_.run_for(10s);
    ASSERT_FALSE(transcript_.empty());
    EXPECT_EQ(said().back(), "host assistant: I am the host, speaking.");
    EXPECT_TRUE(transcript_[2].interrupted) << testing::PrintToString(said());
}

TEST_F(HandoffTest, NothingIsSaidBeforeSomebodyReceivesIt) {
    media_options_.is_subscribed = false;
    start({});
    loop_.run_for(3s);
    EXPECT_GT(media_->stats().packets_sent, 100U) << "silence, without which there is no track";
    EXPECT_TRUE(std::ranges::none_of(caller_->messages, [](const std::string& message) {
        return message.find("Welcome.") != std::string::npos;
    }));
    media_->set_subscribed(true);
    loop_.run_for(100ms);
    EXPECT_TRUE(caller_->is_loud());
    loop_.run_for(5s);
    EXPECT_EQ(said(), (Lines{"host assistant: Welcome."}));
}

TEST_F(HandoffTest, ASubscriptionThatNeverComesIsNotWaitedForForEver) {
    media_options_.is_subscribed = false;
    start({});
    loop_.run_for(4s);
    EXPECT_TRUE(said().empty());
    loop_.run_for(5s);
    EXPECT_EQ(said(), (Lines{"host assistant: Welcome."}));
}

TEST_F(HandoffTest, WhoeverIsInterruptedHandsOverAllTheSame) {
    start({"now to_kitchen", "and one soup please"});
    while (opened_.size() < 2 && loop_.now() < Instant(1'020s)) {
        loop_.run_next();
    }
    caller_->interrupts = true;
    loop_.run_for(20s);
    EXPECT_EQ(said().back(), "kitchen assistant: I am the kitche speaking.");
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
    // The caller has the word: nobody greets over it.
    EXPECT_TRUE(std::none_of(transcript_.begin(), transcript_.end(),
                             [](const auto& entry) { return entry.content == "Kitchen here."; }));
}

/// What a worker that is killed leaves behind.
SessionSnapshot reread(const SessionSnapshot& snapshot) {
    auto parsed = parse_snapshot(serialize_snapshot(snapshot));
    EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error());
    return parsed ? *parsed : SessionSnapshot{};
}

TEST_F(HandoffTest, AWorkerThatIsKilledInTheHandOffLosesNothing) {
    start({"now to_kitchen"});
    while (opened_.size() < 2 && loop_.now() < Instant(1'020s)) {
        loop_.run_next();
    }
    loop_.run_for(300ms);
    const SessionSnapshot snapshot = reread(session_->save());
    EXPECT_EQ(snapshot.agent_name, "host");
    EXPECT_EQ(snapshot.next_agent, "kitchen");
    session_.reset();
    plan_.record = record_;
    start({"one soup"}, snapshot);
    loop_.run_for(20s);
    EXPECT_EQ(said(), (Lines{"host assistant: Welcome.", "host user: now to_kitchen",
                             "host assistant: Sorry. One moment please.",
                             "kitchen assistant: Kitchen here.", "kitchen user: one soup",
                             "kitchen assistant: I am the kitche speaking."}));
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
    EXPECT_EQ(record_.metrics.agent_handoffs, 1U);
}

TEST_F(HandoffTest, AWorkerThatIsKilledAfterTheHandOffLeavesItsAgentInTheSeat) {
    start({"now to_kitchen", "one soup"});
    loop_.run_for(20s);
    const SessionSnapshot snapshot = reread(session_->save());
    EXPECT_EQ(snapshot.agent_name, "kitchen");
    session_.reset();
    transcript_.clear();
    opened_.clear();
    plan_.record = record_;
    start({"and one bread"}, snapshot);
    loop_.run_for(20s);
    EXPECT_EQ(said(), (Lines{"kitchen assistant: Sorry.", "kitchen user: and one bread",
                             "kitchen assistant: I am the kitche speaking."}));
    EXPECT_EQ(opened_, Lines{"kitchen"});
    EXPECT_EQ(mind_.requests().back().messages.front().content, "I am the kitchen, soup, .");
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
    EXPECT_EQ(record_.metrics.agent_handoffs, 1U);
}

TEST_F(HandoffTest, AHandOffThatWasToldButNotKeptIsDoneAgainAndToldOnce) {
    start({"now to_kitchen"});
    while (opened_.size() < 2 && loop_.now() < Instant(1'020s)) {
        loop_.run_next();
    }
    const SessionSnapshot snapshot = reread(session_->save());
    loop_.run_for(10s);
    ASSERT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
    session_.reset();
    plan_.record = record_;
    start({}, snapshot);
    loop_.run_for(20s);
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
    EXPECT_EQ(record_.metrics.agent_handoffs, 1U);
    EXPECT_EQ(said().back(), "kitchen assistant: Kitchen here.");
}

TEST_F(HandoffTest, WithoutASnapshotTheTranscriptTellsWhoWentOn) {
    core::CallRecord record = plan_.record;
    record.agent_history = {"host", "kitchen"};
    core::TranscriptEntry entry;
    entry.role = core::TranscriptRole::assistant;
    entry.content = "Welcome.";
    entry.agent = "host";
    const SessionSnapshot snapshot = make_snapshot(record, {entry}, 1h, loop_.wall_now());
    EXPECT_EQ(snapshot.agent_name, "kitchen");
    SessionSnapshot older;
    older.agent_name = "host";
    older.next_agent = "kitchen";
    entry.agent = "kitchen";
    add_entries(older, {entry});
    EXPECT_EQ(older.agent_name, "kitchen");
    EXPECT_EQ(older.next_agent, "");
}

}  // namespace
}  // namespace studio::services
