#include "runtime/virtual_loop.hpp"

#include <utility>

#include "base/check.hpp"

namespace studio::runtime {

VirtualLoop::VirtualLoop(VirtualLoopOptions options) : options_(options), now_(options.start) {}

WallTime VirtualLoop::wall_now() const {
    return options_.wall_start + duration_cast<milliseconds>(now_ - options_.start);
}

void VirtualLoop::post(Function function) {
    posted_.push_back({now_, sequence_++, std::move(function)});
}

std::unique_ptr<Timer> VirtualLoop::start_timer(Instant at, Function on_expiry) {
    return timers_.start(at, sequence_, std::move(on_expiry));
}

bool VirtualLoop::run_next() {
    const Deadline next = next_event();
    if (!next) {
        return false;
    }
    if (*next > now_) {
        now_ = *next;
        events_at_now_ = 0;
    }
    ++event_count_;
    ++events_at_now_;
    STUDIO_CHECK(events_at_now_ <= options_.events_per_instant_max,
                 "a loop does not feed itself for ever without time moving on");
    if (posted_comes_first()) {
        const Function function = std::move(posted_.front().function);
        posted_.pop_front();
        function();
    } else {
        timers_.run_earliest();
    }
    return true;
}

void VirtualLoop::run_until(Instant until) {
    static_cast<void>(run_until_idle(until));
    if (until > now_) {
        now_ = until;
        events_at_now_ = 0;
    }
}

bool VirtualLoop::run_until_idle(Instant limit) {
    for (Deadline next = next_event(); next; next = next_event()) {
        if (*next > limit) {
            return false;
        }
        run_next();
    }
    return true;
}

Deadline VirtualLoop::next_event() const {
    return earlier(timers_.earliest(), posted_.empty() ? Deadline() : Deadline(posted_.front().at));
}

bool VirtualLoop::posted_comes_first() const {
    const Deadline timer = timers_.earliest();
    if (posted_.empty() || !timer) {
        return !posted_.empty();
    }
    const Posted& posted = posted_.front();
    return *timer != posted.at ? posted.at < *timer : posted.sequence < timers_.earliest_sequence();
}

}  // namespace studio::runtime
