#include "replay/replay.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "runtime/loop.hpp"
#include "services/replay/call_log.hpp"
#include "services/replay/call_recorder.hpp"
#include "services/replay/event_json.hpp"
#include "services/replay/plan_json.hpp"

namespace studio::replay {

namespace {

using services::LogRecord;

/// Time is what the log says, and timers run when the log says that they ran: a real loop runs them
/// a little late, and by how much is part of what happened.
class ReplayLoop final : public runtime::Loop {
public:
    /// Not the time at which the call was recorded: only differences may matter.
    static constexpr Instant start{seconds(77)};

    explicit ReplayLoop(WallTime wall_start) : wall_start_(wall_start) {}

    [[nodiscard]] Instant now() const override { return start + at_; }
    [[nodiscard]] WallTime wall_now() const override {
        return wall_start_ + duration_cast<milliseconds>(at_) + wall_offset_;
    }
    void post(Function function) override { posted_.push_back(std::move(function)); }
    [[nodiscard]] std::unique_ptr<runtime::Timer> start_timer(Instant at,
                                                              Function on_expiry) override {
        return std::make_unique<ReplayTimer>(*this, at, std::move(on_expiry));
    }

    void set_time(const LogRecord& record) {
        at_ = record.at;
        wall_offset_ = record.wall_offset;
    }
    /// Runs the one timer that a session has; false where there is none, or it is not due.
    [[nodiscard]] bool run_timer() {
        if (timer_ == nullptr || timer_->at > now()) {
            return false;
        }
        const Function function = std::move(std::exchange(timer_, nullptr)->on_expiry);
        function();
        return true;
    }
    void run_posted() {
        while (!posted_.empty()) {
            const Function function = std::move(posted_.front());
            posted_.pop_front();
            function();
        }
    }

private:
    struct ReplayTimer final : runtime::Timer {
        ReplayTimer(ReplayLoop& its_loop, Instant when, Function function)
            : loop(its_loop), at(when), on_expiry(std::move(function)) {
            loop.timer_ = this;
        }
        ~ReplayTimer() override {
            if (loop.timer_ == this) {
                loop.timer_ = nullptr;
            }
        }
        void restart(Instant when) override {
            at = when;
            loop.timer_ = this;
        }

        ReplayLoop& loop;
        Instant at;
        Function on_expiry;
    };

    WallTime wall_start_;
    nanoseconds at_{0};
    milliseconds wall_offset_{0};
    ReplayTimer* timer_ = nullptr;
    std::deque<Function> posted_;
};

/// Everything around the session: does nothing by itself, and keeps whom to tell.
class ReplayWorld final : public SpeechToText,
                          public LanguageModel,
                          public TextToSpeech,
                          public HttpClient,
                          public SpeechJudge,
                          public services::CallObserver {
public:
    /// The next agent's stream is opened while the present one's is still in use.
    struct Stream final : SpeechStream {
        Stream(ReplayWorld& its_world, std::int64_t its_number, SpeechListener& its_listener)
            : world(its_world), number(its_number) {
            world.speech_[number] = &its_listener;
        }
        ~Stream() override { world.speech_.erase(number); }
        void write(std::uint32_t, const audio::Frame&) override {}
        void finish_utterance(std::uint32_t) override {}

        ReplayWorld& world;
        std::int64_t number;
    };
    struct Ear final : SpeechEar {
        explicit Ear(ReplayWorld& its_world) : world(its_world) {}
        void hear(audio::SpeechWindow) override {}
        std::optional<SpeechVerdict> take_verdict() override {
            return std::exchange(world.verdict_, std::nullopt);
        }
        ReplayWorld& world;
    };
    struct Witness final : TurnWitness {
        explicit Witness(ReplayWorld& its_world) : world(its_world) {}
        bool ask(std::uint32_t, std::vector<std::int16_t>) override { return true; }
        std::optional<TurnOpinion> take_opinion() override {
            return std::exchange(world.opinion_, std::nullopt);
        }
        ReplayWorld& world;
    };
    struct Answer final : ModelAnswer {};
    struct Speaking final : Synthesis {};
    struct Exchange final : HttpExchange {};

    struct Media final : CallMedia {
        explicit Media(ReplayWorld& its_world) : world(its_world) {}
        void start(CallMediaListener& listener) override { world.media_ = &listener; }
        void send_message(std::string_view) override {}
        void close() override {}
        [[nodiscard]] MediaStats stats() const override { return world.stats_; }
        ReplayWorld& world;
    };

    [[nodiscard]] std::vector<OptionError> validate(const SpeechToTextOptions&) const override {
        return {};
    }
    [[nodiscard]] std::vector<OptionError> validate(const Json&) const override { return {}; }
    [[nodiscard]] std::vector<OptionError> validate(const SynthesisRequest&) const override {
        return {};
    }
    std::unique_ptr<SpeechStream> open(const SpeechToTextOptions&,
                                       SpeechListener& listener) override {
        return std::make_unique<Stream>(*this, ++streams_, listener);
    }
    std::unique_ptr<SpeechEar> open() override { return std::make_unique<Ear>(*this); }
    std::unique_ptr<ModelAnswer> ask(ModelRequest, ModelListener& listener) override {
        model_ = &listener;
        ++answers_;
        return std::make_unique<Answer>();
    }
    std::unique_ptr<Synthesis> speak(SynthesisRequest, SynthesisListener& listener) override {
        synthesis_ = &listener;
        ++syntheses_;
        return std::make_unique<Speaking>();
    }
    std::unique_ptr<HttpExchange> send(HttpRequest, Done done) override {
        exchanges_.push_back(std::move(done));
        return std::make_unique<Exchange>();
    }

    void on_call_status(const core::CallRecord&) override {}
    void on_transcript(const core::CallRecord&, const core::TranscriptEntry&) override {}
    void on_call_closing(const core::CallRecord&, std::function<void()> stored) override {
        stored_ = std::move(stored);
    }
    void on_call_ended(const core::CallRecord&) override {}

    void set_stats(const Json& json) {
        stats_.packets_lost =
            static_cast<std::uint64_t>(services::member_integer(json, "packets_lost"));
        stats_.frames_late =
            static_cast<std::uint64_t>(services::member_integer(json, "frames_late"));
    }

    /// Hands one input of a port to the session. False where the session is not in a state to get
    /// it: it never asked, or asked something else meanwhile.
    [[nodiscard]] bool deliver(const LogRecord& record, Instant now);

private:
    [[nodiscard]] bool deliver_media(const LogRecord& record, Instant now);

    CallMediaListener* media_ = nullptr;
    std::map<std::int64_t, SpeechListener*> speech_;
    ModelListener* model_ = nullptr;
    SynthesisListener* synthesis_ = nullptr;
    std::int64_t streams_ = 0;
    std::int64_t answers_ = 0;
    std::int64_t syntheses_ = 0;
    std::vector<Done> exchanges_;
    std::function<void()> stored_;
    MediaStats stats_;
    std::optional<SpeechVerdict> verdict_;
    std::optional<TurnOpinion> opinion_;
};

/// In an object of its own, since it opens another thing than the voice detector's model.
class ReplayTurnJudge final : public TurnJudge {
public:
    explicit ReplayTurnJudge(ReplayWorld& world) : world_(world) {}
    std::unique_ptr<TurnWitness> open() override {
        return std::make_unique<ReplayWorld::Witness>(world_);
    }

private:
    ReplayWorld& world_;
};

bool ReplayWorld::deliver_media(const LogRecord& record, Instant now) {
    if (media_ == nullptr) {
        return false;
    }
    if (record.kind == "media_event") {
        const auto event = services::parse_media_event(record.data);
        if (event) {
            media_->on_media_event(*event);
        }
        return event.has_value();
    }
    const auto inbound = services::parse_inbound_frame(record.data, ReplayLoop::start);
    verdict_ = services::parse_verdict(record.data);
    const Json* const turn = find_member(record.data, "turn");
    opinion_ = turn != nullptr ? services::parse_turn_opinion(*turn) : std::nullopt;
    audio::Frame outbound;
    if (inbound) {
        static_cast<void>(media_->on_media_frame(*inbound, outbound, now));
    }
    return inbound.has_value();
}

bool ReplayWorld::deliver(const LogRecord& record, Instant now) {
    if (record.kind == "media_event" || record.kind == "frame") {
        return deliver_media(record, now);
    }
    if (record.kind == "stored") {
        if (stored_) {
            stored_();
        }
        return stored_ != nullptr;
    }
    const std::int64_t number = services::member_integer(record.data, "number");
    const Json* json = find_member(record.data, "event");
    const Json event = json != nullptr ? *json : Json();
    if (const auto listener = speech_.find(number);
        record.kind == "speech" && listener != speech_.end()) {
        const auto speech = services::parse_speech_event(event);
        return speech && (listener->second->on_speech(*speech), true);
    }
    if (record.kind == "model" && number == answers_ && number > 0) {
        const auto model = services::parse_model_event(event);
        return model && (model_->on_model(*model), true);
    }
    if (record.kind == "synthesis" && number == syntheses_ && number > 0) {
        const auto synthesis = services::parse_synthesis_event(event);
        return synthesis && (synthesis_->on_synthesis(*synthesis), true);
    }
    if (record.kind == "http" && number > 0 && std::cmp_less_equal(number, exchanges_.size())) {
        const auto outcome = services::parse_http_outcome(event);
        // A copy: the session may send another request from inside.
        const Done done = exchanges_[static_cast<std::size_t>(number - 1)];
        return outcome && (done(*outcome), true);
    }
    return false;
}

/// All records of a log, so that what the session will ask for is known before it asks.
Result<std::vector<LogRecord>, std::string> read_log(std::istream& input) {
    services::CallLogReader reader(input);
    std::vector<LogRecord> records;
    while (true) {
        auto record = reader.next();
        if (!record) {
            return fail(record.error());
        }
        if (!*record) {
            return records;
        }
        records.push_back(std::move(**record));
    }
}

/// One command, tick, or input of a port.
bool apply(const LogRecord& record, services::CallSession& session, ReplayWorld& world,
           ReplayLoop& loop) {
    const std::string reason =
        record.data.is_string() ? std::string(record.data.get_string()) : std::string();
    if (record.kind == "start") {
        session.start();
    } else if (record.kind == "close") {
        session.close(core::parse_end_reason(reason).value_or(core::EndReason::shutdown));
    } else if (record.kind == "hang_up") {
        session.hang_up(core::parse_end_reason(reason).value_or(core::EndReason::shutdown));
    } else if (record.kind == "control") {
        const auto json = parse_json(reason, json_as_stored);
        const auto command =
            core::parse_command(json ? *json : Json(nullptr)).value_or(core::CallCommand{});
        static_cast<void>(services::supervise(session, command));
    } else if (record.kind == "tick") {
        return loop.run_timer();
    } else if (record.kind == ">ended") {
        // Told in a turn of the loop of its own.
        loop.run_posted();
    } else if (!record.is_output() && record.kind != "stats") {
        return world.deliver(record, loop.now());
    }
    return true;
}

}  // namespace

Result<std::string, std::string> replay_call(std::istream& log) {
    const auto records = read_log(log);
    if (!records) {
        return fail(records.error());
    }
    auto recorded = services::parse_recorded_plan(records->front().data);
    if (!recorded) {
        return fail(recorded.error());
    }
    ReplayLoop loop(recorded->started);
    ReplayWorld world;
    for (const LogRecord& record : *records) {
        if (record.kind == "stats") {
            world.set_stats(record.data);
        }
    }
    auto stream = std::make_unique<std::ostringstream>();
    const std::ostringstream& text = *stream;
    services::CallSessionOptions options = recorded->options;
    options.speech_judge = recorded->has_speech_judge ? &world : nullptr;
    ReplayTurnJudge turn_judge(world);
    options.turn_judge = recorded->has_turn_judge ? &turn_judge : nullptr;
    services::CallRecorder recorder(std::move(stream), loop, recorded->plan, options,
                                    recorded->spare_voices);
    options.input_log = &recorder;
    services::CallProviders providers{world, {}};
    for (std::size_t seat = 0; seat < recorded->plan.agents.size(); ++seat) {
        TextToSpeech* spare_voice = recorded->spare_voices[seat] ? &world : nullptr;
        providers.seats.push_back({world, world, world, spare_voice});
    }
    services::CallSession session(loop, std::move(recorded->plan), recorder.tap(providers),
                                  recorder.tap(std::make_unique<ReplayWorld::Media>(world)),
                                  recorder.tap(static_cast<services::CallObserver&>(world)),
                                  options);
    for (std::size_t index = 1; index < records->size(); ++index) {
        const LogRecord& record = (*records)[index];
        if (record.is_output() && record.kind != ">ended") {
            continue;
        }
        loop.set_time(record);
        if (!apply(record, session, world, loop)) {
            return fail("line " + std::to_string(index + 1) + ": the session does not expect `" +
                        record.kind + '`');
        }
    }
    return text.str();
}

}  // namespace studio::replay
