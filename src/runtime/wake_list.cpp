#include "runtime/wake_list.hpp"

#include "base/check.hpp"

namespace studio::runtime {

WakeList::~WakeList() {
    STUDIO_CHECK(waiting_.empty(), "a wake list outlives those who wait");
}

WakeList::Awaiter WakeList::wait_until(Instant at) {
    return Awaiter(*this, at);
}

void WakeList::wake_all() {
    while (!waiting_.empty()) {
        Awaiter& awaiter = *waiting_.front();
        awaiter.leave();
        awaiter.woken_ = true;
        // The timer belongs to the frame, so that a task destroyed meanwhile is not resumed.
        awaiter.timer_->restart(loop_.now());
    }
}

WakeList::Awaiter::~Awaiter() {
    leave();
}

void WakeList::Awaiter::await_suspend(std::coroutine_handle<> waiting) {
    place_ = list_.waiting_.insert(list_.waiting_.end(), this);
    listed_ = true;
    timer_ = list_.loop_.start_timer(at_, [this, waiting] {
        leave();
        waiting.resume();
    });
}

void WakeList::Awaiter::leave() {
    if (listed_) {
        listed_ = false;
        list_.waiting_.erase(place_);
    }
}

}  // namespace studio::runtime
