#pragma once

#include <coroutine>
#include <cstddef>
#include <list>
#include <memory>

#include "runtime/loop.hpp"

namespace studio::runtime {

/// Coroutines of one loop that wait for something to happen, each at most until a moment of its
/// own. A woken one is resumed as a handler of the loop, never inside the waking call, and has to
/// look again whether there is something for it. One loop; it outlives those who wait.
class WakeList {
public:
    class Awaiter;

    explicit WakeList(Loop& loop) : loop_(loop) {}
    WakeList(const WakeList&) = delete;
    WakeList& operator=(const WakeList&) = delete;
    /// Checks that nobody waits.
    ~WakeList();

    /// `co_await list.wait_until(at)` is true where it was woken, false where time ran out.
    /// Destroying the waiting task is safe.
    [[nodiscard]] Awaiter wait_until(Instant at);
    void wake_all();
    [[nodiscard]] std::size_t size() const { return waiting_.size(); }

private:
    Loop& loop_;
    std::list<Awaiter*> waiting_;
};

/// One who waits; lives in the frame of its coroutine.
class WakeList::Awaiter {
public:
    Awaiter(WakeList& list, Instant at) : list_(list), at_(at) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    ~Awaiter();

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting);
    [[nodiscard]] bool await_resume() const noexcept { return woken_; }

private:
    friend class WakeList;

    void leave();

    WakeList& list_;
    Instant at_;
    std::list<Awaiter*>::iterator place_;
    bool listed_ = false;
    bool woken_ = false;
    std::unique_ptr<Timer> timer_;
};

}  // namespace studio::runtime
