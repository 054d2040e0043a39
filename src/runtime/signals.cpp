#include "runtime/signals.hpp"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <utility>

namespace studio::runtime {

struct Signals::State {
    State(AsioLoop& loop, std::function<void(int)> function)
        : signals(loop.context(), SIGTERM, SIGINT), on_signal(std::move(function)) {}

    boost::asio::signal_set signals;
    std::function<void(int)> on_signal;
};

Signals::Signals(AsioLoop& loop, std::function<void(int)> on_signal)
    : state_(std::make_shared<State>(loop, std::move(on_signal))) {
    wait(state_);
}

Signals::~Signals() {
    state_->on_signal = nullptr;
    boost::system::error_code ignored;
    // Clearing alone would leave the pending wait, which owns the state.
    state_->signals.cancel(ignored);
    state_->signals.clear(ignored);
}

void Signals::wait(const std::shared_ptr<State>& state) {
    state->signals.async_wait([state](const boost::system::error_code& error, int number) {
        if (error || !state->on_signal) {
            return;
        }
        // A copy: the function may destroy the Signals.
        const std::function<void(int)> on_signal = state->on_signal;
        wait(state);
        on_signal(number);
    });
}

}  // namespace studio::runtime
