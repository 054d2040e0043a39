#pragma once

#include <functional>
#include <memory>

#include "runtime/asio_loop.hpp"

namespace studio::runtime {

/// Turns SIGTERM and SIGINT into calls on a loop. One per process; destroying it restores what the
/// signals did before. Loop thread, or before the loop runs.
class Signals {
public:
    /// `on_signal` gets the signal's number, once for each arrival: the second may mean "at once".
    Signals(AsioLoop& loop, std::function<void(int)> on_signal);
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals();

private:
    struct State;

    static void wait(const std::shared_ptr<State>& state);

    std::shared_ptr<State> state_;
};

}  // namespace studio::runtime
