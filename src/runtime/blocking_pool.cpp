#include "runtime/blocking_pool.hpp"

#include <pthread.h>
#include <algorithm>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/check.hpp"
#include "base/metric.hpp"

namespace studio::runtime {

struct BlockingPool::State {
    explicit State(BlockingPoolOptions pool_options)
        : options(std::move(pool_options)),
          labels("pool=\"" + options.name + '"'),
          rejected(metrics().counter("studio_pool_rejected_total",
                                     "Functions that found the pool's queue full.", labels)),
          queued(
              metrics().gauge("studio_pool_queued", "Functions that wait for a thread.", labels)) {}

    BlockingPoolOptions options;
    std::string labels;
    Counter& rejected;
    Gauge& queued;
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Function> functions;
    bool stopping = false;
    std::vector<std::thread> threads;
};

BlockingPool::BlockingPool(BlockingPoolOptions options)
    : state_(std::make_unique<State>(std::move(options))) {
    for (std::size_t index = 0; index < state_->options.threads; ++index) {
        state_->threads.emplace_back([this] { work(); });
    }
}

BlockingPool::~BlockingPool() {
    STUDIO_CHECK(state_->stopping || state_->threads.empty(),
                 "a blocking pool is stopped before it is destroyed");
}

std::size_t BlockingPool::width() const {
    return std::max<std::size_t>(state_->options.threads, 1);
}

Result<void, PoolRejected> BlockingPool::try_submit(Function function) {
    State& state = *state_;
    {
        const std::scoped_lock lock(state.mutex);
        if (state.stopping) {
            return fail(PoolRejected::stopped);
        }
        if (!state.threads.empty()) {
            if (state.functions.size() >= state.options.queue_max) {
                state.rejected.add();
                return fail(PoolRejected::full);
            }
            state.functions.push_back(std::move(function));
            state.queued.set(static_cast<std::int64_t>(state.functions.size()));
        }
    }
    if (state.threads.empty()) {
        function();
    } else {
        state.wake.notify_one();
    }
    return {};
}

Result<void, PoolRejected> BlockingPool::submit_serial(Function function, bool continues) {
    State& state = *state_;
    {
        const std::scoped_lock lock(state.mutex);
        // One that continues comes from a thread of the pool, which takes it before it ends.
        if (state.stopping && !continues) {
            return fail(PoolRejected::stopped);
        }
        if (!state.threads.empty()) {
            state.functions.push_back(std::move(function));
            state.queued.set(static_cast<std::int64_t>(state.functions.size()));
        }
    }
    if (state.threads.empty()) {
        function();
    } else {
        state.wake.notify_one();
    }
    return {};
}

void BlockingPool::stop() {
    {
        const std::scoped_lock lock(state_->mutex);
        state_->stopping = true;
    }
    state_->wake.notify_all();
    for (std::thread& thread : state_->threads) {
        thread.join();
    }
}

void BlockingPool::work() {
    State& state = *state_;
    pthread_setname_np(pthread_self(), state.options.name.substr(0, 15).c_str());
    while (true) {
        Function function;
        {
            std::unique_lock lock(state.mutex);
            state.wake.wait(lock, [&] { return state.stopping || !state.functions.empty(); });
            if (state.functions.empty()) {
                return;
            }
            function = std::move(state.functions.front());
            state.functions.pop_front();
            state.queued.set(static_cast<std::int64_t>(state.functions.size()));
        }
        function();
    }
}

}  // namespace studio::runtime
