#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/interface.hpp"
#include "base/time.hpp"

namespace studio::runtime {

/// A timer that was started; destroying it stops it, also from inside its own function. On its loop
/// only, and it must not outlive the loop.
class Timer : public Interface {
public:
    /// Arms it for `at`, whether it has run or not: one pending expiry at most. No allocation, so
    /// this is what a periodic timer uses, from inside its own function.
    virtual void restart(Instant at) = 0;
};

/// One thread's event loop. A call lives on one loop for its whole life, so what runs on a loop
/// needs no locks. Two kinds: AsioLoop (real time, sockets) and VirtualLoop (simulated time, no
/// threads).
class Loop : public Interface {
public:
    using Function = std::function<void()>;

    /// The time of this turn of the loop: it stands still while a handler runs. Loop thread only.
    [[nodiscard]] virtual Instant now() const = 0;
    /// The civil time that belongs to now(). Loop thread only.
    [[nodiscard]] virtual WallTime wall_now() const = 0;

    /// Runs `function` on the loop's thread, after the present handler. Any thread; functions
    /// posted from one thread run in their order.
    virtual void post(Function function) = 0;

    /// Runs `on_expiry` once at `at`, or as soon as possible where that is past; never from inside
    /// this call. Loop thread only.
    [[nodiscard]] virtual std::unique_ptr<Timer> start_timer(Instant at, Function on_expiry) = 0;
};

}  // namespace studio::runtime
