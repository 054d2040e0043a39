#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "runtime/loop.hpp"

namespace studio::services {

/// The one timer of a session. Deadlines move on with every frame; a timer that fires too early
/// costs less than a new one each time. On its loop.
class SessionTimer {
public:
    /// Borrows the loop, which outlives it.
    SessionTimer(runtime::Loop& loop, std::function<void()> on_expiry)
        : loop_(loop), on_expiry_(std::move(on_expiry)) {}

    /// Fires at `deadline` at the latest; never where there is none.
    void arm(Deadline deadline) {
        if (!deadline) {
            stop();
        } else if (!at_ || *at_ > *deadline) {
            at_ = deadline;
            timer_ = loop_.start_timer(*deadline, [this] {
                at_.reset();
                on_expiry_();
            });
        }
    }
    void stop() {
        timer_.reset();
        at_.reset();
    }

private:
    runtime::Loop& loop_;
    std::function<void()> on_expiry_;
    std::unique_ptr<runtime::Timer> timer_;
    Deadline at_;
};

}  // namespace studio::services
