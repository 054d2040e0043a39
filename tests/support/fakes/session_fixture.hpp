#pragma once

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

using testing_support::FakeLanguageModel;
using Lines = std::vector<std::string>;

/// Says one line after the other, each when the agent has been silent for a while.
class Caller final : public testing_support::FakeCaller {
public:
    Caller(testing_support::SimulatedSpeech& speech, Lines lines)
        : speech_(speech), lines_(std::move(lines)) {}

    [[nodiscard]] InboundFrame speak(Instant now) override {
        InboundFrame inbound;
        inbound.captured_at = now - milliseconds(20);
        inbound.origin = FrameOrigin::received;
        const bool may_speak = interrupts ? is_loud_ : now - loud_at_ > milliseconds(1'200);
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

inline core::ToolDefinition tool(const char* name, const char* actions) {
    const auto config =
        parse_json(std::string(R"({"description":"d","parameters":[],"actions":)") + actions + "}");
    auto parsed = core::parse_tool_definition(name, *config);
    STUDIO_CHECK(parsed.has_value(), "the test's tools are valid");
    return *parsed;
}

/// For tests of whole sessions: a loop, providers' parts and a plan without agents; what the
/// session tells is kept. What a test gives the session itself goes before this, so its fixture
/// ends with `session_.reset()`.
class SessionWorld : public testing::Test, public CallObserver {
protected:
    SessionWorld() {
        set_log_level(LogLevel::off);
        plan_.record.id = CallId("call-1");
        plan_.record.agent_name = "host";
    }
    ~SessionWorld() override { set_log_level(LogLevel::info); }

    /// Makes the present session and starts it; `caller` outlives it.
    void begin(CallPlan plan, CallProviders providers, testing_support::FakeCaller& caller) {
        auto media =
            std::make_unique<testing_support::FakeCallMedia>(loop_, caller, media_options_);
        media_ = media.get();
        session_ = std::make_unique<CallSession>(loop_, std::move(plan), std::move(providers),
                                                 std::move(media), *this, options_);
        session_->start();
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
    CallSessionOptions options_;
    runtime::VirtualLoop loop_;
    SeededEntropy entropy_{1};
    testing_support::FaultPlan faults_{.entropy = &entropy_};
    testing_support::SimulatedSpeech speech_;
    testing_support::FakeSpeechToText stt_{loop_, speech_, faults_};
    std::vector<core::TranscriptEntry> transcript_;
    core::CallRecord record_;
    testing_support::FakeCallMedia::Options media_options_;
    testing_support::FakeCallMedia* media_ = nullptr;
    std::unique_ptr<CallSession> session_;
};

/// Each agent has a prompt, a recogniser and a voice of its own, and asks for the tool that is
/// named by the caller's last words.
class SessionFixture : public SessionWorld {
protected:
    SessionFixture() {
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
    ~SessionFixture() override { session_.reset(); }

    void add_agent(const char* name, const char* greeting) {
        core::AgentPlan& agent = plan_.agents.emplace_back();
        agent.name = name;
        agent.config.prompt.system =
            std::string("I am the ") + name + ", {{workflow.dish}}, {{agents.secret}}.";
        agent.config.prompt.greeting = greeting;
        agent.config.session.reprompt_delay = milliseconds(0);
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
        begin(std::move(plan), std::move(providers), *caller_);
    }

    /// With one model for all, which the session does not outlive; the caller says one line.
    void start_with(LanguageModel& model, const char* line) {
        caller_ = std::make_unique<Caller>(speech_, Lines{line});
        CallProviders providers{http_, {}};
        for (std::size_t index = 0; index < plan_.agents.size(); ++index) {
            voices_.push_back(std::make_unique<testing_support::FakeTextToSpeech>(loop_, faults_));
            providers.seats.push_back({stt_, model, *voices_.back()});
        }
        begin(plan_, std::move(providers), *caller_);
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

    FakeLanguageModel mind_{loop_, faults_, answer};
    testing_support::FakeHttpClient http_{loop_, faults_, [](const HttpRequest&) {
                                              return HttpResponse{200, "application/json", "{}"};
                                          }};
    std::vector<std::unique_ptr<Ears>> ears_;
    std::vector<std::unique_ptr<testing_support::FakeTextToSpeech>> voices_;
    Lines opened_;
    std::unique_ptr<Caller> caller_;
};

}  // namespace studio::services
