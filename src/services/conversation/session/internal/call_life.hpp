#pragma once

#include <memory>

#include "core/call/call.hpp"
#include "core/call/ending.hpp"
#include "ports/call_media.hpp"
#include "runtime/loop.hpp"
#include "services/conversation/seat/internal/seats.hpp"
#include "services/conversation/session/call_observer.hpp"
#include "services/conversation/session/call_plan.hpp"
#include "services/conversation/session/internal/call_reporter.hpp"
#include "services/conversation/session/internal/session_link.hpp"
#include "services/conversation/session/internal/session_timer.hpp"
#include "services/conversation/session/internal/talk.hpp"
#include "services/conversation/session/session_options.hpp"

namespace studio::services {

/// The life of a call, from its media to its written end: drives the call's machine and does what
/// that wants. What is said meanwhile is the talk's matter. On the call's loop.
class CallLife {
public:
    /// What it borrows; all of it outlives the life.
    struct Parts {
        runtime::Loop& loop;
        SessionLink& link;
        CallPlan& plan;
        CallMedia& media;
        /// Whom the media tells.
        CallMediaListener& listener;
        CallObserver& observer;
        CallReporter& reporter;
        Seats& seats;
        Talk& talk;
        SessionTimer& timer;
    };

    CallLife(const Parts& parts, const CallSessionOptions& options);

    /// One input of its machine.
    void handle(core::CallInput input);
    /// Nothing is in the queue: completes the record where the call is over, so that all machines
    /// have told what was heard last. True where it did.
    bool finish_record();

    /// A bug showed in the call: it ends without another word, as internal_error. Any time; the
    /// rest follows on the loop.
    void break_off();

    [[nodiscard]] core::Call::Phase phase() const { return call_.phase(); }
    /// Turns are taken.
    [[nodiscard]] bool is_active() const { return phase() == core::Call::Phase::active; }
    /// Nobody is there yet, in a room.
    [[nodiscard]] bool awaits_caller() const;
    [[nodiscard]] Deadline next_deadline() const { return call_.next_deadline(); }
    [[nodiscard]] core::Call::Saved save() const { return call_.save(parts_.link.now()); }

private:
    void on(const core::JoinMedia& output);
    void on(const core::CallBecame& output);
    void on(const core::SayLastWords& output);
    void on(const core::CloseMedia& output);
    void on(const core::FlushWrites& output);
    void on(const core::CallOver& output);
    void begin_conversation();
    void end_broken();
    void tell_end();

    Parts parts_;
    core::Call call_;
    core::Ending final_;
    bool flush_wanted_ = false;
    bool is_end_told_ = false;
    /// Expires with this, for callbacks that may come later.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace studio::services
