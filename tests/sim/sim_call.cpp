#include "sim/sim_call.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "base/log.hpp"
#include "core/agent/agent_config.hpp"
#include "core/workflow/handoff_tools.hpp"
#include "core/workflow/workflow_config.hpp"
#include "runtime/virtual_loop.hpp"
#include "services/replay/call_recorder.hpp"
#include "sim/sim_caller.hpp"
#include "support/fakes/fake_http_client.hpp"
#include "support/fakes/fake_language_model.hpp"
#include "support/fakes/fake_speech_to_text.hpp"
#include "support/fakes/fake_text_to_speech.hpp"
#include "support/fakes/fake_turn_judge.hpp"

namespace studio::sim {

namespace {

using namespace std::chrono_literals;
using testing_support::FakeLanguageModel;
using testing_support::FaultPlan;

constexpr const char* sentences[] = {"a table for two please",
                                     "my name is john",
                                     "tomorrow at seven",
                                     "no wait a moment",
                                     "can you repeat that",
                                     "stop",
                                     "I want to cancel it",
                                     "thank you very much",
                                     "look it up",
                                     "pass me on",
                                     "bye",
                                     "yes",
                                     "mm-hm"};

core::ToolDefinition tool(const char* name, const char* config) {
    auto parsed = core::parse_tool_definition(name, *parse_json(config));
    STUDIO_CHECK(parsed.has_value(), "the simulation's tools are valid");
    return *parsed;
}

/// Everything that is drawn before the call begins.
struct Scenario {
    SimCaller::Options caller;
    FaultPlan faults;
    /// From the start of the call; the recogniser is away then.
    milliseconds outage_after{0};
    milliseconds outage_for{0};
    bool never_connects = false;
    milliseconds hang_up_after{0};
    MediaCloseReason hang_up_reason = MediaCloseReason::remote;
    milliseconds close_after{0};
    /// The caller's connection breaks for a while.
    milliseconds away_after{0};
    milliseconds away_for{0};
    /// Whom the caller may be handed over to speaks first with a greeting, or with its model.
    bool cook_greets = false;
    testing_support::RecogniserManner recogniser;
    core::EarlyAnswers early_answers = core::EarlyAnswers::automatic;
    core::Interruptions interruptions = core::Interruptions::normal;
    /// The connection of the workflow that joins the two, as JSON; empty where there is none.
    std::string connection;
    /// Somebody stands between them who is passed over.
    bool passes_over = false;
    /// A model is asked about pauses, and what it answers.
    std::optional<testing_support::FakeTurnJudge::Options> turn_model;
};

Scenario draw_scenario(Entropy& entropy) {
    Scenario scenario;
    const auto one_in = [&entropy](std::uint32_t share) { return entropy.u32() % share == 0; };
    const std::uint32_t steps = 1 + entropy.u32() % 6;
    for (std::uint32_t index = 0; index < steps; ++index) {
        CallerStep step;
        step.when = one_in(3) ? CallerStep::When::agent_speaking : CallerStep::When::agent_quiet;
        step.after = milliseconds(200 + entropy.u32() % 1'500);
        if (!one_in(6)) {
            step.words = sentences[entropy.u32() % std::size(sentences)];
        }
        scenario.caller.steps.push_back(step);
    }
    if (one_in(3)) {
        scenario.caller.steps.front().words = "pass me on";
    }
    scenario.faults.entropy = &entropy;
    if (one_in(3)) {
        scenario.faults.latency_max = milliseconds(50 + entropy.u32() % 2'000);
        scenario.caller.check_decision = false;
    }
    if (one_in(3)) {
        scenario.faults.failure_share = (entropy.u32() % 40) / 100.0;
        scenario.faults.silence_share = (entropy.u32() % 20) / 100.0;
        scenario.caller.check_decision = false;
    }
    if (one_in(3)) {
        scenario.caller.loss_share = (entropy.u32() % 10) / 100.0;
    }
    scenario.caller.greeting_uninterruptible = one_in(3);
    scenario.never_connects = one_in(40);
    if (one_in(3)) {
        scenario.hang_up_after = milliseconds(1 + entropy.u32() % 30'000);
        scenario.hang_up_reason =
            one_in(2) ? MediaCloseReason::remote : MediaCloseReason::connection_lost;
    }
    scenario.cook_greets = one_in(2);
    if (one_in(5)) {
        scenario.close_after = milliseconds(1 + entropy.u32() % 30'000);
    }
    if (one_in(4)) {
        scenario.outage_after = milliseconds(100 + entropy.u32() % 15'000);
        scenario.outage_for = milliseconds(500 + entropy.u32() % 5'000);
        scenario.caller.check_decision = false;
    }
    return scenario;
}

/// From a source of its own: what else is drawn of a seed stays as it is without it.
Scenario with_absence(Scenario scenario, std::uint64_t seed) {
    SeededEntropy entropy(seed ^ 0xA3A7ULL);
    if (entropy.u32() % 5 == 0) {
        scenario.away_after = milliseconds(500 + entropy.u32() % 20'000);
        scenario.away_for = milliseconds(200 + entropy.u32() % 6'000);
        // Whoever is away interrupts nobody.
        scenario.caller.check_decision = false;
    }
    return scenario;
}

/// From a source of its own too.
Scenario with_turn_model(Scenario scenario, std::uint64_t seed) {
    SeededEntropy entropy(seed ^ 0x50D4ULL);
    if (entropy.u32() % 2 == 0) {
        scenario.turn_model = {.latency_max = milliseconds(20 + entropy.u32() % 500),
                               .yes_percent = 40 + entropy.u32() % 60,
                               .none_percent = entropy.u32() % 30};
    }
    return scenario;
}

/// From a source of its own too: half of the calls walk through a workflow.
Scenario with_workflow(Scenario scenario, std::uint64_t seed) {
    SeededEntropy entropy(seed ^ 0xF10AULL);
    if (entropy.u32() % 2 != 0) {
        return scenario;
    }
    const char* const histories[] = {"\"all\"", "\"none\"", "2"};
    scenario.passes_over = entropy.u32() % 3 == 0;
    scenario.connection =
        std::string(R"({"source_id":"h","target_id":")") + (scenario.passes_over ? "w" : "c") +
        R"(","description":"d","history":)" + histories[entropy.u32() % std::size(histories)] +
        (entropy.u32() % 2 == 0 ? R"(,"greet":false)" : "") +
        (entropy.u32() % 2 == 0 ? R"(,"transition_speech":"I hand you over, one moment.")" : "") +
        "}";
    return scenario;
}

/// How turns are taken, from a source of its own too.
Scenario with_manners(Scenario scenario, std::uint64_t seed) {
    SeededEntropy entropy(seed ^ 0x7045ULL);
    const auto one_in = [&entropy](std::uint32_t share) { return entropy.u32() % share == 0; };
    testing_support::RecogniserManner& recogniser = scenario.recogniser;
    recogniser.judges = one_in(3);
    recogniser.hasty_share = one_in(2) ? (entropy.u32() % 60) / 100.0 : 0.0;
    recogniser.writes_marks = one_in(3);
    if (one_in(4)) {
        scenario.early_answers = one_in(3) ? core::EarlyAnswers::off : core::EarlyAnswers::on;
    }
    if (one_in(6)) {
        scenario.interruptions = core::Interruptions::eager;
    } else if (one_in(6)) {
        scenario.interruptions = core::Interruptions::patient;
        // It lets people speak for longer before it stops.
        scenario.caller.check_ducking = false;
        scenario.caller.check_decision = false;
    }
    return scenario;
}

void add_workflow(const Scenario& scenario, services::CallPlan& plan) {
    std::string nodes = R"({"id":"h","agent_name":"host","is_entry":true},
                           {"id":"c","agent_name":"cook","is_exit":true})";
    std::string connections = scenario.connection;
    if (scenario.passes_over) {
        core::AgentPlan waiter = plan.agents.back();
        waiter.name = "waiter";
        plan.agents.push_back(std::move(waiter));
        nodes += R"(,{"id":"w","agent_name":"waiter","skip_condition":"not flags.waits"})";
        connections += R"(,{"source_id":"w","target_id":"c"})";
    }
    auto workflow = core::parse_workflow(
        *parse_json(R"({"nodes":[)" + nodes + R"(],"connections":[)" + connections + "]}"));
    STUDIO_CHECK(workflow.has_value(), "the simulation's workflow is valid");
    plan.workflow = std::move(*workflow);
    for (core::AgentPlan& agent : plan.agents) {
        core::add_handoff_tools(*plan.workflow, agent);
    }
}

services::CallPlan make_plan(const Scenario& scenario) {
    services::CallPlan plan;
    plan.record.id = CallId("call-1");
    plan.record.agent_name = "host";
    core::AgentPlan& host = plan.agents.emplace_back();
    host.name = "host";
    host.config.prompt.system = "You take bookings.";
    host.config.prompt.greeting = "Hello, this is the restaurant speaking. How can I help you?";
    host.config.prompt.greeting_interruptible = !scenario.caller.greeting_uninterruptible;
    host.config.session.interruptions = scenario.interruptions;
    host.config.session.early_answers = scenario.early_answers;
    host.config.session.turn_model = scenario.turn_model.has_value();
    host.config.session.auto_disconnect_timeout = 25s;
    host.config.session.reprompt_delay = 6s;
    host.config.session.max_call_duration = 120s;
    host.config.llm.first_token_timeout = 3s;
    host.tools.push_back(tool("look_up", R"({"description":"d","parameters":[],"actions":[
        {"type":"api_call","url":"http://localhost/x","method":"GET"}]})"));
    host.tools.push_back(tool("finish", R"({"description":"d","parameters":[],"actions":[
        {"type":"respond","message":"Goodbye and see you soon."},
        {"type":"end_call","reason":"finished"}]})"));
    host.tools.push_back(tool("to_cook", R"({"description":"d","parameters":[],"actions":[
        {"type":"handoff","target_agent":"cook","message":"I hand you over, one moment."}]})"));
    core::AgentPlan cook = host;
    cook.name = "cook";
    cook.config.prompt.greeting = scenario.cook_greets ? "Hello, here is the cook." : "";
    // The caller who is simulated expects it of the first greeting alone.
    cook.config.prompt.greeting_interruptible = true;
    cook.tools.back() = tool("to_host", R"({"description":"d","parameters":[],"actions":[
        {"type":"handoff","target_agent":"host"}]})");
    plan.agents.push_back(std::move(cook));
    if (!scenario.connection.empty()) {
        add_workflow(scenario, plan);
    }
    return plan;
}

FakeLanguageModel::Reply answer(const ModelRequest& request) {
    ModelMessage last = request.messages.back();
    if (last.content.ends_with('.')) {
        last.content.pop_back();  // Of a recogniser that writes marks.
    }
    if (last.role == ModelRole::tool) {
        return {"I found it in the book. Shall I read it out to you?", {}};
    }
    if (last.content.ends_with("ook it up")) {
        return {"One moment please, I am looking.", {{"1", "look_up", "{}"}}};
    }
    if (last.content.ends_with("ass me on")) {
        return {"", {{"3", request.tools.back().name, "{}"}}};
    }
    if (last.role == ModelRole::system) {
        return {"Here I am, and I know what you said.", {}};
    }
    if (last.content.ends_with("ye")) {
        return {"", {{"2", "finish", "{}"}}};
    }
    return {"You said " + last.content +
                ". That is fine with us. Is there anything else that I "
                "can do for you today?",
            {}};
}

/// The call and everything around it.
class World final : public services::CallObserver {
public:
    World(std::uint64_t seed, SimOptions options)
        : entropy_(seed),
          options_(std::move(options)),
          scenario_(with_workflow(
              with_turn_model(with_manners(with_absence(draw_scenario(entropy_), seed), seed),
                              seed),
              seed)),
          caller_(speech_, entropy_, scenario_.caller, [this](const auto& line) { note(line); }),
          stt_(loop_, speech_, recogniser_faults(), scenario_.recogniser),
          llm_(loop_, scenario_.faults, answer),
          tts_(loop_, scenario_.faults),
          http_(loop_, scenario_.faults,
                [](const HttpRequest&) {
                    return HttpResponse{200, "application/json", R"({"found":true})"};
                }),
          model_entropy_(seed ^ 0x3E11ULL) {}

    SimResult run() {
        auto media = std::make_unique<testing_support::FakeCallMedia>(
            loop_, caller_,
            testing_support::FakeCallMedia::Options{.never_connects = scenario_.never_connects});
        media_ = media.get();
        services::CallSessionOptions session_options;
        session_options.model_timeout = 3s;
        session_options.synthesis_timeout = 2s;
        if (scenario_.turn_model) {
            turn_judge_.emplace(loop_, model_entropy_, *scenario_.turn_model);
            session_options.turn_judge = &*turn_judge_;
        }
        make_session(std::move(media), session_options);
        session_->start();
        arm_ends();
        arm_absence();
        loop_.run_for(200s);
        check_end();
        return std::move(result_);
    }

    void on_call_status(const core::CallRecord& record) override {
        note("status " + std::string(core::name_of(record.status)));
        if (!record.agent_history.empty()) {
            agent_ = record.agent_history.back();
        }
    }
    void on_transcript(const core::CallRecord&, const core::TranscriptEntry& entry) override {
        note("entry " + std::string(core::name_of(entry.role)) + " " + entry.content);
        expect(closings_ == 0, "a transcript entry after the record was final");
        expect(entry.sequence == result_.transcript.size(), "transcript out of order");
        expect(entry.agent == agent_, "a line of an agent that nobody was handed over to");
        result_.transcript.push_back(entry);
    }
    void on_call_closing(const core::CallRecord& record, std::function<void()> stored) override {
        note("closing " + record.status_reason);
        ++closings_;
        caller_.leave();
        expect(core::is_final(record.status), "a final record with a status that is not");
        check_agents(record);
        if (entropy_.u32() % 10 == 0) {
            return;  // A store that never answers.
        }
        stored_timer_ =
            loop_.start_timer(loop_.now() + milliseconds(entropy_.u32() % 200), std::move(stored));
    }
    void on_call_ended(const core::CallRecord& record) override {
        note("ended " + std::string(core::name_of(record.status)));
        ++ends_;
        result_.record = record;
        loop_.post([this] { session_.reset(); });
    }

private:
    void make_session(std::unique_ptr<CallMedia> media, services::CallSessionOptions options) {
        services::CallPlan plan = make_plan(scenario_);
        services::CallProviders providers{http_, {}};
        for (std::size_t seats = 0; seats < plan.agents.size(); ++seats) {
            providers.seats.push_back({stt_, llm_, tts_});
        }
        result_.has_workflow = plan.workflow.has_value();
        if (options_.recording == nullptr) {
            session_ = std::make_unique<services::CallSession>(loop_, std::move(plan), providers,
                                                               std::move(media), *this, options);
            return;
        }
        std::vector<bool> spare_voices(plan.agents.size());
        recorder_ = std::make_unique<services::CallRecorder>(
            std::move(options_.recording), loop_, plan, options, std::move(spare_voices));
        options.input_log = recorder_.get();
        session_ = std::make_unique<services::CallSession>(
            loop_, std::move(plan), recorder_->tap(providers), recorder_->tap(std::move(media)),
            recorder_->tap(static_cast<services::CallObserver&>(*this)), options);
    }

    [[nodiscard]] FaultPlan recogniser_faults() const {
        FaultPlan faults = scenario_.faults;
        if (scenario_.outage_for > 0ms) {
            faults.away_from = loop_.now() + scenario_.outage_after;
            faults.away_for = scenario_.outage_for;
        }
        return faults;
    }

    void arm_ends() {
        if (scenario_.hang_up_after > 0ms) {
            hang_up_timer_ = loop_.start_timer(loop_.now() + scenario_.hang_up_after, [this] {
                if (session_ != nullptr) {
                    note("caller hangs up");
                    caller_.leave();
                    media_->end(scenario_.hang_up_reason);
                }
            });
        }
        if (scenario_.close_after > 0ms) {
            close_timer_ = loop_.start_timer(loop_.now() + scenario_.close_after, [this] {
                if (session_ != nullptr) {
                    note("server closes");
                    session_->close(core::EndReason::shutdown);
                }
            });
        }
    }

    void arm_absence() {
        if (scenario_.away_for == 0ms) {
            return;
        }
        away_timer_ = loop_.start_timer(loop_.now() + scenario_.away_after, [this] {
            set_away(true);
            away_timer_ =
                loop_.start_timer(loop_.now() + scenario_.away_for, [this] { set_away(false); });
        });
    }

    void set_away(bool is_away) {
        if (session_ != nullptr && closings_ == 0) {
            note(is_away ? "caller is away" : "caller is back");
            media_->set_away(is_away);
            expect(media_->spoken_to_nobody() == 0, "it was spoken to a caller who was away");
        }
    }

    void check_end() {
        expect(ends_ == 1, "the call did not end exactly once: " + std::to_string(ends_));
        expect(closings_ == 1, "the record was not final exactly once");
        session_.reset();
        expect(services::CallSession::live() == 0, "a session is left alive");
        hang_up_timer_.reset();
        close_timer_.reset();
        away_timer_.reset();
        stored_timer_.reset();
        expect(loop_.pending() == 0, "timers are left: " + std::to_string(loop_.pending()));
        for (const std::string& violation : caller_.findings().violations) {
            result_.violations.push_back(violation);
        }
        result_.interruptions_checked = caller_.findings().interruptions_checked;
        result_.turn_questions = turn_judge_ ? turn_judge_->asked() : 0;
        result_.interrupted_after = caller_.findings().interrupted_after;
        const FaultPlan& faults = scenario_.faults;
        result_.had_outage = scenario_.outage_for > 0ms && faults.failure_share == 0.0 &&
                             faults.silence_share == 0.0;
        expect(!result_.had_outage || result_.record.status_reason != "speech_recognition_failed",
               "an outage of the recogniser that passes ended the call");
        result_.trace_hash = hash_;
    }

    void check_agents(const core::CallRecord& record) {
        const auto& history = record.agent_history;
        expect(history.size() == record.metrics.agent_handoffs + (history.empty() ? 0U : 1U),
               "hand-offs that are not counted");
        for (std::size_t index = 0; index < history.size(); ++index) {
            expect(history[index] == (index % 2 == 0 ? "host" : "cook"),
                   "a hand-off to somebody else");
        }
    }

    void expect(bool condition, const std::string& violation) {
        if (!condition) {
            result_.violations.push_back(violation);
        }
    }

    void note(const std::string& what) {
        const auto at = to_milliseconds(loop_.now().time_since_epoch());
        const std::string line = std::to_string(at) + " " + what;
        for (const char byte : line) {
            hash_ = (hash_ ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
        }
        if (options_.keep_trace) {
            result_.trace.push_back(line);
        }
    }

    SeededEntropy entropy_;
    SimOptions options_;
    Scenario scenario_;
    runtime::VirtualLoop loop_;
    testing_support::SimulatedSpeech speech_;
    SimCaller caller_;
    testing_support::FakeSpeechToText stt_;
    FakeLanguageModel llm_;
    testing_support::FakeTextToSpeech tts_;
    testing_support::FakeHttpClient http_;
    SeededEntropy model_entropy_;
    std::optional<testing_support::FakeTurnJudge> turn_judge_;
    SimResult result_;
    std::uint64_t hash_ = 14695981039346656037ULL;
    int ends_ = 0;
    int closings_ = 0;
    /// Who is spoken to, by the record.
    std::string agent_;
    testing_support::FakeCallMedia* media_ = nullptr;
    std::unique_ptr<runtime::Timer> hang_up_timer_;
    std::unique_ptr<runtime::Timer> close_timer_;
    std::unique_ptr<runtime::Timer> away_timer_;
    std::unique_ptr<runtime::Timer> stored_timer_;
    std::unique_ptr<services::CallRecorder> recorder_;
    std::unique_ptr<services::CallSession> session_;
};

}  // namespace

SimResult run_sim_call(std::uint64_t seed, SimOptions options) {
    World world(seed, std::move(options));
    return world.run();
}

}  // namespace studio::sim
