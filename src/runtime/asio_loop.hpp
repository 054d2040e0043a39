#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "runtime/loop.hpp"

namespace boost::asio {
class io_context;
}

namespace studio::runtime {

struct AsioLoopOptions {
    /// Names the thread (the kernel keeps 15 bytes) and labels the metrics.
    std::string name = "loop";
    /// The processor that the thread stays on; nothing leaves it to the kernel.
    std::optional<int> cpu = std::nullopt;
    /// Handlers that run before the end of a turn is announced: bounds how long sends may gather.
    std::size_t handlers_per_turn_max = 64;
};

/// Told when a turn of the loop ends, once for each request_turn_end(): sockets gather their sends
/// during a turn and flush them here with one system call.
class TurnEndListener : public Interface {
public:
    virtual void on_turn_end() = 0;
};

/// The loop of real time and sockets, on the thread that calls run().
///
///     +--> wait for the first ready handler ----> run it ----> run what else is ready (max)
///     |                                                              |
///     +--- arm the one kernel timer <--- turn-end listeners <--- run due timers
///
/// now() reads the clock at its first use in a handler and stands still until that handler is left.
/// Metric: studio_loop_lag_seconds{loop="…"}, how long after its time each timer ran.
class AsioLoop final : public Loop {
public:
    explicit AsioLoop(AsioLoopOptions options = {});
    ~AsioLoop() override;

    /// Runs until stop(). Once; everything that lives on the loop is used on this thread from now
    /// on. Before run() and after it, the thread that owns the loop may use it.
    void run();
    /// Makes run() return after the present handler. Any thread, also before run().
    void stop();

    [[nodiscard]] Instant now() const override;
    [[nodiscard]] WallTime wall_now() const override;
    void post(Function function) override;
    [[nodiscard]] std::unique_ptr<Timer> start_timer(Instant at, Function on_expiry) override;

    /// Tells `listener` once, when the present turn ends. It must not be told twice for one turn:
    /// a second request before the end of the turn is a bug of the caller. Loop thread only.
    void request_turn_end(TurnEndListener& listener);
    /// Forgets a listener that goes away. Loop thread only.
    void cancel_turn_end(TurnEndListener& listener);

    /// For adapters that bring sockets of their own. Handlers need no special entry: each one is a
    /// handler in the sense of now().
    [[nodiscard]] boost::asio::io_context& context();
    [[nodiscard]] const std::string& name() const;

private:
    struct State;

    void set_up_thread();
    void after_handler();
    void run_due_timers();
    void end_turn();
    void arm_kernel_timer();

    std::unique_ptr<State> state_;
};

}  // namespace studio::runtime
