#include "services/conversation/session/internal/call_life.hpp"

#include <utility>

#include "services/conversation/session/internal/call_setup.hpp"

namespace studio::services {

CallLife::CallLife(const Parts& parts, const CallSessionOptions& options)
    : parts_(parts), call_(make_call(parts.plan, options, parts.link.wall_now())) {}

bool CallLife::awaits_caller() const {
    return parts_.plan.awaits_caller && call_.phase() == core::Call::Phase::connecting;
}

void CallLife::handle(core::CallInput input) {
    drive(call_, std::move(input), parts_.link.now(), [this](const auto& output) {
        std::visit([this](const auto& which) { this->on(which); }, output);
    });
}

void CallLife::on(const core::JoinMedia&) {
    parts_.media.start(parts_.listener);
}

void CallLife::on(const core::CallBecame& output) {
    parts_.reporter.became(output.status);
    if (output.status == core::CallStatus::active) {
        begin_conversation();
    }
}

void CallLife::begin_conversation() {
    if (parts_.plan.refusal) {
        parts_.link.queue().push(core::HangUp{*parts_.plan.refusal, core::LastWords::farewell});
        return;
    }
    parts_.seats.begin();
    if (parts_.plan.snapshot) {
        const SessionSnapshot snapshot = std::move(*parts_.plan.snapshot);
        parts_.plan.snapshot.reset();
        parts_.talk.carry_on(snapshot);
    } else {
        parts_.talk.begin();
    }
}

void CallLife::on(const core::SayLastWords& output) {
    parts_.talk.begin_last_words(output.last_words);
}

void CallLife::on(const core::CloseMedia&) {
    parts_.media.close();
}

void CallLife::on(const core::FlushWrites& output) {
    final_ = output.ending;
    flush_wanted_ = true;
    parts_.talk.stop();
}

/// After the machines have reported what was heard last, so that the record is complete.
bool CallLife::finish_record() {
    if (!std::exchange(flush_wanted_, false)) {
        return false;
    }
    parts_.talk.finish();
    parts_.reporter.closing(final_, parts_.media.stats(), parts_.talk.tokens());
    parts_.link.checkpoint();
    parts_.observer.on_call_closing(parts_.link.record(),
                                    [this, alive = std::weak_ptr<bool>(alive_)] {
                                        if (!alive.expired()) {
                                            parts_.link.guard([this] {
                                                parts_.link.queue().push(core::WritesDone{});
                                                parts_.link.settle();
                                            });
                                        }
                                    });
    return true;
}

void CallLife::on(const core::CallOver&) {
    tell_end();
}

void CallLife::tell_end() {
    if (std::exchange(is_end_told_, true)) {
        return;
    }
    // Posted, so that the observer never meets a session in the middle of its work.
    parts_.loop.post([this, alive = std::weak_ptr<bool>(alive_)] {
        if (!alive.expired()) {
            parts_.timer.stop();
            parts_.observer.on_call_ended(parts_.link.record());
        }
    });
}

void CallLife::break_off() {
    parts_.timer.stop();
    // What is broken may be on the stack, and whoever called it, too.
    parts_.loop.post([this, alive = std::weak_ptr<bool>(alive_)] {
        if (!alive.expired()) {
            end_broken();
        }
    });
}

/// Past the machines, of which nothing is known any more. Nobody is told of the last writes: they
/// are waited for by whoever forgets the call.
void CallLife::end_broken() {
    if (!core::is_final(parts_.link.record().status)) {
        parts_.media.close();
        parts_.reporter.note_error({core::CallStage::call, "studio",
                                    std::string(core::name_of(core::EndReason::internal_error))});
        parts_.reporter.closing(core::make_ending(core::EndReason::internal_error, true),
                                parts_.media.stats(), parts_.talk.tokens());
        parts_.observer.on_call_closing(parts_.link.record(), [] {});
    }
    tell_end();
}

}  // namespace studio::services
