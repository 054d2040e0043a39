#include "services/conversation/session/internal/turn_log.hpp"

#include <array>

#include "base/log.hpp"

namespace studio::services {

namespace {

/// In the order of core::TurnInput.
constexpr std::array<const char*, std::variant_size_v<core::TurnInput>> input_names{
    "start",         "frame",         "partial",     "final",       "recogniser_lost",
    "agent_started", "agent_stopped", "digit",       "tick",        "recogniser_away",
    "agent_said",    "typed",         "judge_found", "start_heard", "early_end_heard",
    "resume_heard",  "end_heard",     "pause_judged"};

/// One of the turn taker's outputs as a line.
struct Line {
    const CallId& call;
    const char* by;
    Instant now;

    void operator()(const core::SpeechStarted& output) const {
        STUDIO_LOG(debug, "turn_speech_began", {"call_id", call}, {"by", by},
                   {"utterance", output.utterance});
    }
    void operator()(const core::SpeechEnded& output) const {
        STUDIO_LOG(debug, "turn_endpoint", {"call_id", call}, {"by", by},
                   {"utterance", output.utterance});
    }
    void operator()(const core::Duck&) const { write("turn_duck"); }
    void operator()(const core::Hold&) const { write("turn_hold"); }
    void operator()(const core::Resume&) const { write("turn_resume"); }
    void operator()(const core::Interrupt&) const { write("turn_interrupt"); }
    void operator()(const core::TurnEnded& output) const {
        STUDIO_LOG(debug, "turn_ended", {"call_id", call}, {"by", by}, {"keypad", output.is_keypad},
                   {"bytes", output.text.size()}, {"early", output.was_early},
                   {"endpoint_ms", to_milliseconds(output.endpoint_at - output.last_speech_at)},
                   {"ended_ms", to_milliseconds(now - output.last_speech_at)});
    }
    void operator()(const core::Reprompt&) const { write("turn_reprompt"); }
    void operator()(const core::AutoDisconnect&) const { write("turn_auto_disconnect"); }
    void operator()(const core::SpeechLost&) const { write("turn_speech_lost"); }
    void operator()(const core::EarlyEnd& output) const {
        STUDIO_LOG(debug, "turn_early_end", {"call_id", call}, {"by", by},
                   {"bytes", output.text.size()});
    }
    void operator()(const core::EarlyEndVoid&) const { write("turn_early_end_void"); }
    void operator()(const core::PauseAsked&) const { write("turn_pause_asked"); }

    void write(const char* event) const { STUDIO_LOG(debug, event, {"call_id", call}, {"by", by}); }
};

}  // namespace

TurnLog::TurnLog(const CallId& call, const core::Turn& turn, const core::TurnInput& input)
    : call_(call), turn_(turn), is_on_(log_enabled(LogLevel::debug)) {
    if (is_on_) {
        by_ = input_names.at(input.index());
        held_before_ = turn.held_bytes();
    }
}

void TurnLog::note(const core::TurnOutput& output, Instant now) const {
    if (is_on_) {
        std::visit(Line{call_, by_, now}, output);
    }
}

void TurnLog::finish() const {
    if (is_on_ && turn_.held_bytes() > held_before_) {
        STUDIO_LOG(debug, "turn_held", {"call_id", call_}, {"by", by_},
                   {"bytes", turn_.held_bytes()});
    }
}

}  // namespace studio::services
