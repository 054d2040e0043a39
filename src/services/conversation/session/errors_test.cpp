#include "base/metric.hpp"
#include "support/fakes/session_fixture.hpp"

namespace studio::services {
namespace {

using namespace std::chrono_literals;
using testing_support::FakeTextToSpeech;

/// Says at most one line, some time after the beginning.
class LateCaller final : public testing_support::FakeCaller {
public:
    explicit LateCaller(testing_support::SimulatedSpeech& speech) : speech_(speech) {}

    void say(const std::string& line) {
        utterance_ = speech_.add(line);
        frame_ = 0;
    }
    [[nodiscard]] InboundFrame speak(Instant now) override {
        InboundFrame inbound;
        inbound.captured_at = now - 20ms;
        inbound.origin = FrameOrigin::received;
        if (utterance_ && frame_ < speech_.frame_count(*utterance_)) {
            inbound.frame = speech_.frame(*utterance_, frame_++);
        }
        return inbound;
    }
    void hear(const audio::Frame* /*frame*/, Instant /*now*/) override {}
    void read(std::string_view /*message*/) override {}
    void on_hang_up() override {}

private:
    testing_support::SimulatedSpeech& speech_;
    std::optional<std::uint16_t> utterance_;
    std::size_t frame_ = 0;
};

/// The first requests meet a voice that never answers, the others one that does.
class Voices final : public TextToSpeech {
public:
    Voices(runtime::Loop& loop, Entropy& entropy)
        : mute_(loop, {.entropy = &entropy, .silence_share = 1.0}),
          fine_(loop, {.entropy = &entropy}) {}

    [[nodiscard]] std::vector<OptionError> validate(const SynthesisRequest&) const override {
        return {};
    }
    [[nodiscard]] std::unique_ptr<Synthesis> speak(SynthesisRequest request,
                                                   SynthesisListener& listener) override {
        const bool fails = mute_.texts().size() < failures;
        return (fails ? mute_ : fine_).speak(std::move(request), listener);
    }

    std::size_t failures = 0;

private:
    FakeTextToSpeech mute_;
    FakeTextToSpeech fine_;
};

/// One agent, whose voice and mind fail as the test wants.
class CallErrorsTest : public SessionWorld {
protected:
    CallErrorsTest() {
        core::AgentPlan& agent = plan_.agents.emplace_back();
        agent.name = "host";
        agent.config.prompt.greeting = "Welcome.";
        agent.config.session.reprompt_delay = 0ms;
        agent.config.tts.provider = "harp";
        agent.config.llm.provider = "oracle";
        options_.synthesis_timeout = 300ms;
        options_.model_timeout = 300ms;
    }
    ~CallErrorsTest() override { session_.reset(); }

    void start(std::optional<SessionSnapshot> snapshot = {}) {
        session_.reset();
        CallPlan plan = plan_;
        plan.snapshot = std::move(snapshot);
        CallProviders providers{http_, {}};
        providers.seats.push_back({stt_, mind_is_mute_ ? mute_mind_ : mind_, voices_});
        begin(std::move(plan), std::move(providers), caller_);
    }
    void hang_up_after(nanoseconds duration) {
        loop_.run_for(duration);
        media_->end(MediaCloseReason::remote);
        loop_.run_for(10s);
    }
    [[nodiscard]] std::string how_it_ended() const {
        return std::string(core::name_of(record_.status)) + '/' + record_.status_reason;
    }
    [[nodiscard]] std::uint32_t count_of(core::CallStage stage, const char* provider) const {
        std::uint32_t count = 0;
        for (const core::CallError& error : record_.errors) {
            EXPECT_EQ(error.code, "timed_out");
            count += error.stage == stage && error.provider == provider ? error.count : 0;
        }
        return count;
    }

    static FakeLanguageModel::Reply answer(const ModelRequest& request) {
        const bool may_book =
            !request.tools.empty() && request.messages.back().role == ModelRole::user;
        return may_book ? FakeLanguageModel::Reply{"", {{"c1", "book", "{}"}}}
                        : FakeLanguageModel::Reply{"Of course.", {}};
    }

    FakeLanguageModel mind_{loop_, faults_, answer};
    FakeLanguageModel mute_mind_{loop_, {.entropy = &entropy_, .silence_share = 1.0}, answer};
    Voices voices_{loop_, entropy_};
    testing_support::FakeHttpClient http_{loop_, faults_, [](const HttpRequest&) {
                                              return HttpResponse{503, "application/json", "{}"};
                                          }};
    bool mind_is_mute_ = false;
    LateCaller caller_{speech_};
};

TEST_F(CallErrorsTest, ACallWithoutTroubleTellsOfNone) {
    start();
    hang_up_after(10s);
    EXPECT_EQ(how_it_ended(), "completed/caller_hung_up");
    EXPECT_TRUE(record_.errors.empty());
}

TEST_F(CallErrorsTest, ACallWhoseVoiceFailsIsNotCompleted) {
    voices_.failures = 1'000;
    start();
    loop_.run_for(5s);
    EXPECT_EQ(record_.status, core::CallStatus::active);
    EXPECT_GE(count_of(core::CallStage::tts, "harp"), 1U) << "it is seen while the call lasts";
    hang_up_after(4s);
    EXPECT_EQ(how_it_ended(), "failed/agent_never_heard");
    EXPECT_GE(count_of(core::CallStage::tts, "harp"), 2U) << "every try counts";
    EXPECT_EQ(record_.errors.size(), 1U);
}

TEST_F(CallErrorsTest, AFailureThatASecondTryMendedIsTold) {
    voices_.failures = 1;
    start();
    hang_up_after(10s);
    EXPECT_EQ(how_it_ended(), "completed/caller_hung_up");
    EXPECT_EQ(record_.errors,
              (std::vector<core::CallError>{{core::CallStage::tts, "harp", "timed_out", 1}}));
}

TEST_F(CallErrorsTest, EveryFailureOfAProviderIsCountedForOperatorsAndNoneOfATool) {
    const auto failures = [] {
        return metrics()
            .counter("studio_provider_failures_total", "",
                     R"(stage="tts",provider="harp",error="timed_out")")
            .value();
    };
    const auto before = failures();
    voices_.failures = 1;
    start();
    hang_up_after(10s);
    EXPECT_EQ(failures(), before + 1);
    EXPECT_EQ(metrics().render().find(R"(studio_provider_failures_total{stage="tool")"),
              std::string::npos);
}

TEST_F(CallErrorsTest, WhoLeavesAtOnceHasHungUp) {
    voices_.failures = 1'000;
    start();
    hang_up_after(900ms);
    EXPECT_EQ(how_it_ended(), "completed/caller_hung_up");
    EXPECT_GE(count_of(core::CallStage::tts, "harp"), 1U);
}

TEST_F(CallErrorsTest, WhoWaitsInSilenceForAnAnswerAndHangsUpWasNotServed) {
    plan_.agents.front().config.prompt.greeting.clear();
    options_.model_timeout = 15s;
    mind_is_mute_ = true;
    for (const auto& [waited, end] : {std::pair{2'000ms, "completed/caller_hung_up"},
                                      std::pair{3'500ms, "failed/agent_never_heard"}}) {
        start();
        loop_.run_for(1s);
        media_->write(R"({"type":"text","text":"hello there"})");
        hang_up_after(waited);
        EXPECT_EQ(how_it_ended(), end);
        EXPECT_TRUE(record_.errors.empty()) << "nothing had failed yet";
    }
}

TEST_F(CallErrorsTest, AModelThatFailsIsTold) {
    mind_is_mute_ = true;
    start();
    loop_.run_for(3s);
    media_->write(R"({"type":"text","text":"hello there"})");
    hang_up_after(10s);
    EXPECT_GE(count_of(core::CallStage::llm, "oracle"), 1U);
    EXPECT_EQ(how_it_ended(), "completed/caller_hung_up") << "the greeting was heard";
}

TEST_F(CallErrorsTest, ABackEndInTroubleIsTold) {
    const auto config = parse_json(R"({"description":"d","parameters":[],
        "actions":[{"type":"api_call","method":"POST","url":"https://a.b/c"}]})");
    plan_.agents.front().tools.push_back(*core::parse_tool_definition("book", *config));
    start();
    loop_.run_for(3s);
    media_->write(R"({"type":"text","text":"book it"})");
    hang_up_after(10s);
    EXPECT_EQ(record_.errors,
              (std::vector<core::CallError>{{core::CallStage::tool, "book", "http_503", 1}}));
    EXPECT_EQ(how_it_ended(), "completed/caller_hung_up");
}

TEST_F(CallErrorsTest, WhoTakesTheCallOverKnowsWhatFailedBefore) {
    voices_.failures = 1'000;
    start();
    loop_.run_for(5s);
    const auto snapshot = parse_snapshot(serialize_snapshot(session_->save()));
    ASSERT_TRUE(snapshot) << snapshot.error();
    const std::uint32_t before = count_of(core::CallStage::tts, "harp");
    plan_.record.started_at = record_.started_at;
    start(*snapshot);
    hang_up_after(8s);
    EXPECT_EQ(how_it_ended(), "failed/agent_never_heard");
    EXPECT_GE(count_of(core::CallStage::tts, "harp"), before);

    // Where the next one has a voice, the caller was heard to, and the errors stay.
    voices_.failures = 0;
    plan_.agents.front().config.session.bridge = "Sorry.";
    start(*snapshot);
    hang_up_after(10s);
    EXPECT_EQ(how_it_ended(), "completed/caller_hung_up");
    EXPECT_GE(count_of(core::CallStage::tts, "harp"), before);
}

TEST_F(CallErrorsTest, TurnTakingIsShownAtDebugLevelWithoutAWord) {
    start();
    loop_.run_for(5s);
    set_log_level(LogLevel::debug);
    testing::internal::CaptureStderr();
    caller_.say("a table for seventeen please");
    loop_.run_for(1s);
    loop_.run_for(4s);
    set_log_level(LogLevel::info);
    caller_.say("anything else");
    loop_.run_for(5s);
    const std::string log = testing::internal::GetCapturedStderr();
    const auto lines_of = [&log](const std::string& event) {
        int count = 0;
        for (auto at = log.find('"' + event + '"'); at != std::string::npos;
             at = log.find('"' + event + '"', at + 1)) {
            ++count;
        }
        return count;
    };
    EXPECT_EQ(lines_of("turn_speech_began"), 1) << log;
    EXPECT_EQ(lines_of("turn_endpoint"), 1) << log;
    EXPECT_EQ(lines_of("turn_ended"), 1) << log;
    EXPECT_NE(log.find("call-1"), std::string::npos);
    EXPECT_EQ(log.find("seventeen"), std::string::npos) << log;
}

TEST_F(CallErrorsTest, SpeechOverTheAgentIsShownAtDebugLevel) {
    plan_.agents.front().config.prompt.greeting =
        "Welcome to the house of many words, where each sentence is longer than the one before.";
    start();
    loop_.run_for(1s);
    set_log_level(LogLevel::debug);
    testing::internal::CaptureStderr();
    caller_.say("please stop talking now");
    loop_.run_for(4s);
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_NE(log.find("\"turn_duck\""), std::string::npos) << log;
    EXPECT_NE(log.find("\"turn_interrupt\""), std::string::npos) << log;
    EXPECT_NE(log.find("\"by\""), std::string::npos) << log;
    EXPECT_EQ(log.find("talking"), std::string::npos) << log;
}

TEST_F(CallErrorsTest, WhatIsHeldIsShownAtDebugLevel) {
    plan_.agents.front().config.prompt.greeting =
        "Welcome to the house of many words, where each sentence is longer than the one before.";
    plan_.agents.front().config.prompt.greeting_interruptible = false;
    start();
    loop_.run_for(1s);
    set_log_level(LogLevel::debug);
    testing::internal::CaptureStderr();
    caller_.say("please stop talking now");
    loop_.run_for(4s);
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_NE(log.find("\"turn_held\""), std::string::npos) << log;
    EXPECT_EQ(log.find("talking"), std::string::npos) << log;
}

}  // namespace
}  // namespace studio::services
