#include <utility>

#include "services/conversation/session/internal/talk.hpp"

namespace studio::services {

void Talk::on(const core::SpeechStarted& output) {
    parts_.reporter.speaking("user", true);
    seat().listening().begin_utterance(output.utterance);
    parts_.link.queue().push(core::CallerSpeaks{true});
}

void Talk::on(const core::SpeechEnded& output) {
    parts_.reporter.speaking("user", false);
    seat().listening().finish_utterance(output.utterance);
    parts_.link.queue().push(core::CallerSpeaks{false});
}

void Talk::on(const core::Interrupt&) {
    parts_.reporter.interrupted(speaking_.is_heard());
    turn_waits_ = false;
    drop_speech();
}

void Talk::drop_speech() {
    speaking_.drop();
    // Behind the cuts that this made.
    parts_.link.queue().push(core::CallerInterrupted{});
}

void Talk::on(const core::TurnEnded& output) {
    parts_.context.set_now(parts_.link.wall_now());
    core::TurnEnded turn = output;
    turn.last_speech_at = last_sound_.end_of(turn.last_speech_at);
    parts_.reporter.turn_ended(turn);
    parts_.seats.caller_spoke();
    if (parts_.seats.next() != nullptr && !is_closing_) {
        // The caller said something before it took over.
        change_agent(false);
    }
    if (!speaking_.is_silent()) {
        // What the caller has not begun to hear, as a greeting that is still being made.
        drop_speech();
    }
    turn_waits_ = true;
    parts_.link.checkpoint();
    parts_.link.queue().push(core::UserSaid{output.text, output.was_early});
}

void Talk::on(const core::EarlyEnd& output) {
    // Another agent answers where one takes over at the end of the turn.
    if (parts_.seats.next() == nullptr) {
        parts_.context.set_now(parts_.link.wall_now());
        parts_.link.queue().push(core::UserMaySay{output.text});
    }
}

void Talk::on(const core::EarlyEndVoid&) {
    parts_.link.queue().push(core::UserGoesOn{});
}

void Talk::on(const core::PauseAsked& output) {
    turn_sound_.ask(output.question);
}

void Talk::note(const TurnOpinion& opinion) {
    const bool is_awaited = turn_.awaits_opinion(opinion.question);
    parts_.link.queue().push(TurnSound::weigh(opinion, is_awaited));
}

void Talk::on(const core::Reprompt&) {
    say(seat().config().session.reprompt, true);
}

void Talk::on(const core::AutoDisconnect&) {
    parts_.link.queue().push(
        core::HangUp{core::EndReason::caller_silent, core::LastWords::farewell});
}

void Talk::on(const core::SpeechLost&) {
    say(seat().config().session.apology, true);
}

void Talk::on(const core::AskModel& output) {
    if (is_closing_) {
        parts_.link.queue().push(core::ModelBroke{output.request});
    } else {
        if (output.is_early) {
            parts_.reporter.early_asked(parts_.link.now());
        } else {
            parts_.reporter.will_speak();
        }
        seat().ask(output);
    }
}

void Talk::on(const core::EarlyAnswerSettled& output) {
    parts_.reporter.early_settled(output.is_kept);
}

void Talk::on(const core::CancelModel&) {
    seat().answering().cancel();
}

void Talk::on(const core::Speak& output) {
    if (!output.is_filler) {
        parts_.reporter.first_sentence(parts_.link.now());
    }
    turn_waits_ = true;
    parts_.reporter.will_speak();
    speaking_.say(output);
}

void Talk::on(const core::RunTool& output) {
    parts_.tools.run(output);
}

void Talk::on(const core::AnswerHeard& output) {
    parts_.reporter.answer_heard(output);
    parts_.link.checkpoint();
}

void Talk::on(const core::EndRequested& output) {
    if (output.failed) {
        parts_.link.queue().push(
            core::HangUp{core::EndReason::language_model_failed, core::LastWords::farewell});
    } else {
        parts_.link.queue().push(
            core::HangUp{core::EndCause::by_tool(output.reason), core::LastWords::pending});
    }
}

void Talk::on(const core::HandOffRequested& output) {
    parts_.seats.prepare(output.agent);
    parts_.link.checkpoint();
}

}  // namespace studio::services
