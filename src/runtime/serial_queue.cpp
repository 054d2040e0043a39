#include "runtime/serial_queue.hpp"

#include <deque>
#include <mutex>
#include <utility>

namespace studio::runtime {
namespace {

// How many functions run before other users of the pool get their turn.
constexpr int functions_per_turn = 16;

}  // namespace

struct SerialQueue::State {
    State(BlockingPool& queue_pool, SerialQueueOptions queue_options)
        : pool(queue_pool), options(queue_options) {}

    /// The next function, or an empty one, which ends the activity.
    Function take() {
        const std::scoped_lock lock(mutex);
        if (functions.empty()) {
            active = false;
            return {};
        }
        Function function = std::move(functions.front());
        functions.pop_front();
        return function;
    }

    BlockingPool& pool;
    SerialQueueOptions options;
    std::mutex mutex;
    std::deque<Function> functions;
    // Whether run_some() is queued or runs.
    bool active = false;
};

SerialQueue::SerialQueue(BlockingPool& pool, SerialQueueOptions options)
    : state_(std::make_shared<State>(pool, options)) {}

Result<void, PoolRejected> SerialQueue::try_submit(Function function) {
    {
        const std::scoped_lock lock(state_->mutex);
        if (state_->functions.size() >= state_->options.queue_max) {
            return fail(PoolRejected::full);
        }
        state_->functions.push_back(std::move(function));
        if (std::exchange(state_->active, true)) {
            return {};
        }
    }
    auto submitted = state_->pool.submit_serial([state = state_] { run_some(state); }, false);
    if (!submitted) {
        const std::scoped_lock lock(state_->mutex);
        state_->functions.pop_back();
        state_->active = false;
    }
    return submitted;
}

std::size_t SerialQueue::size() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->functions.size() + (state_->active ? 1 : 0);
}

void SerialQueue::run_some(const std::shared_ptr<State>& state) {
    for (int count = 0; count < functions_per_turn; ++count) {
        const Function function = state->take();
        if (!function) {
            return;
        }
        function();
    }
    static_cast<void>(state->pool.submit_serial([state] { run_some(state); }, true));
}

}  // namespace studio::runtime
