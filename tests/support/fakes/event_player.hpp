#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/loop.hpp"

namespace studio::testing_support {

/// Hands a list of events to a function, the first after a while, the others at a steady pace; one
/// per turn of the loop, so that whoever gets one may destroy the player. Destroying it stops it.
template <class Event>
class EventPlayer {
public:
    using Deliver = std::function<void(const Event&)>;

    EventPlayer(runtime::Loop& loop, nanoseconds first, nanoseconds pace, std::vector<Event> events,
                Deliver deliver)
        : loop_(loop), pace_(pace), events_(std::move(events)), deliver_(std::move(deliver)) {
        wait(first);
    }

private:
    void wait(nanoseconds delay) {
        if (next_ < events_.size()) {
            timer_ = loop_.start_timer(loop_.now() + delay, [this] { play(); });
        }
    }

    void play() {
        const Event event = std::move(events_[next_++]);
        const Deliver deliver = deliver_;
        wait(pace_);
        deliver(event);
    }

    runtime::Loop& loop_;
    nanoseconds pace_;
    std::vector<Event> events_;
    Deliver deliver_;
    std::size_t next_ = 0;
    std::unique_ptr<runtime::Timer> timer_;
};

}  // namespace studio::testing_support
