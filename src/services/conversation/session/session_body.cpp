#include "services/conversation/session/internal/session_body.hpp"

#include <utility>

#include "base/log.hpp"
#include "services/conversation/session/internal/call_setup.hpp"

namespace studio::services {

CallSession::Body::Body(runtime::Loop& loop, CallPlan plan, CallProviders providers,
                        std::unique_ptr<CallMedia> media, CallObserver& observer,
                        CallSessionOptions options)
    : loop_(loop),
      plan_(std::move(plan)),
      options_(options),
      context_(user_of(plan_), plan_.tenant),
      reporter_(loop_, observer, *media, plan_.record),
      caller_({*this, context_, *media, options_.phone}),
      seats_({*this, context_, options_}, seats_plan(plan_, std::move(providers.seats))),
      effects_({*this, providers.http_client, caller_, options_}),
      tools_({*this, context_, effects_, seats_}),
      talk_({*this, reporter_, context_, tools_, seats_, options_},
            plan_.snapshot ? &*plan_.snapshot : nullptr),
      supervision_({*this, reporter_, talk_, seats_, caller_}),
      timer_(loop_, [this] { on_timer(); }),
      life_({loop_, *this, plan_, *media, *this, observer, reporter_, seats_, talk_, timer_},
            options_),
      media_(std::move(media)) {
    tools_.on_done([this](const core::DialogToolCall& call, const core::ToolFinished& finished) {
        reporter_.tool_done(call, finished);
        checkpoint();
    });
    if (plan_.snapshot) {
        restore();
    }
    seats_.now().show_context();
    context_.set_now(loop_.wall_now());
}

/// Before media flows: what the machines do not hold themselves.
void CallSession::Body::restore() {
    const SessionSnapshot& snapshot = *plan_.snapshot;
    if (!snapshot.context.is_null()) {
        const auto loaded = context_.load(snapshot.context);
        if (!loaded) {
            STUDIO_LOG(error, "context_not_restored", {"call_id", plan_.record.id});
        }
    }
    reporter_.restore(snapshot.report, seats_.now().name());
}

SessionSnapshot CallSession::Body::save() const {
    SessionSnapshot snapshot;
    snapshot.call_id = plan_.record.id;
    snapshot.saved_at = loop_.wall_now();
    snapshot.call = life_.save();
    talk_.save(snapshot);
    snapshot.tools = tools_.save();
    snapshot.context = context_.save();
    snapshot.report = reporter_.save();
    return snapshot;
}

Result<bool, std::string> CallSession::Body::control(const core::CallCommand& command) {
    if (is_frozen_) {
        return fail(std::string("the call is being handed to another worker; try again"));
    }
    if (!life_.is_active() || is_broken()) {
        return fail(std::string("the call is not active"));
    }
    if (options_.input_log != nullptr) {
        options_.input_log->command("control", serialize_json(core::command_json(command)), now());
    }
    Result<bool, std::string> outcome = fail(std::string("the call is not active any more"));
    enter([this, &command, &outcome] {
        if (life_.is_active()) {
            outcome = supervision_.heed(command);
        }
    });
    return outcome;
}

void CallSession::Body::freeze() {
    is_frozen_ = true;
    expect_replacement(true);
}

void CallSession::Body::thaw() {
    if (!std::exchange(is_frozen_, false)) {
        return;
    }
    expect_replacement(false);
    enter([] {});
}

void CallSession::Body::expect_replacement(bool expected) {
    if (CallRoom* const room = media_->room(); room != nullptr) {
        room->expect_replacement(expected);
    }
}

bool CallSession::Body::is_between_turns() const {
    return life_.is_active() && talk_.is_between_turns() && tools_.is_idle();
}

void CallSession::Body::catch_up() {
    if (is_frozen_) {
        return;
    }
    const Deadline due = next_deadline();
    if (due && now() >= *due) {
        tick_machines();
        work_off();
    }
}

void CallSession::Body::settle() {
    if (working_ || is_frozen_) {
        return;
    }
    work_off();
    timer_.arm(next_deadline());
    if (std::exchange(checkpoint_due_, false) && options_.keeper != nullptr) {
        options_.keeper->on_checkpoint();
    }
}

void CallSession::Body::work_off() {
    if (working_) {
        return;
    }
    working_ = true;
    while (true) {
        while (!queue_.empty() && !is_broken()) {
            dispatch(queue_.pop());
        }
        if (is_broken()) {
            return;
        }
        talk_.check_quiet();
        if (effects_.awaits_silence() && talk_.is_silent()) {
            effects_.on_silence();
        }
        if (!queue_.empty()) {
            continue;
        }
        if (!life_.finish_record()) {
            break;
        }
    }
    show_state();
    working_ = false;
}

void CallSession::Body::dispatch(MachineInput input) {
    if (auto* call = std::get_if<core::CallInput>(&input)) {
        life_.handle(std::move(*call));
    } else if (auto* turn = std::get_if<core::TurnInput>(&input)) {
        talk_.handle(std::move(*turn));
    } else if (auto* dialog = std::get_if<core::DialogInput>(&input)) {
        talk_.handle(std::move(*dialog));
    } else {
        talk_.handle(std::get<core::PlayoutInput>(std::move(input)));
    }
}

void CallSession::Body::show_state() {
    if (!life_.is_active() && life_.phase() != core::Call::Phase::saying) {
        return;
    }
    const MediaAgentState state = talk_.state();
    CallRoom* const room = media_->room();
    if (std::exchange(shown_state_, state) != state && room != nullptr) {
        room->show_agent_state(state);
    }
}

/// Timers run a little late, which is seen in latencies: their time is an input like others.
void CallSession::Body::on_timer() {
    if (options_.input_log != nullptr) {
        options_.input_log->command("tick", "", now());
    }
    enter([] {});
}

void CallSession::Body::on_broken() noexcept {
    STUDIO_LOG(error, "call_broken", {"call_id", plan_.record.id});
    now_.reset();
    life_.break_off();
}

void CallSession::Body::tick_machines() {
    const Instant moment = now();
    queue_.push(core::CallTick{});
    talk_.tick(moment);
    effects_.tick(moment);
}

Deadline CallSession::Body::next_deadline() const {
    return earlier(life_.next_deadline(),
                   earlier(talk_.next_deadline(life_.is_active()), effects_.next_deadline()));
}

}  // namespace studio::services
