#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "base/result.hpp"
#include "base/task.hpp"
#include "runtime/loop.hpp"

namespace studio::runtime {

/// The function was not run and will not be.
enum class PoolRejected : std::uint8_t {
    /// The queue is full. May succeed later.
    full,
    /// stop() was called.
    stopped,
};

struct BlockingPoolOptions {
    /// Names the threads and labels the metrics.
    std::string name = "pool";
    /// Zero runs each function inside the call that submits it: for simulation on a virtual clock.
    std::size_t threads = 2;
    /// Functions that wait for a thread; beyond it they are rejected. Those of a SerialQueue are
    /// bounded by that queue instead.
    std::size_t queue_max = 256;
};

namespace pool_detail {

/// Runs `Function` somewhere else and resumes the awaiting coroutine on its loop with the result.
/// The coroutine frame holds function and result, so it must not be destroyed meanwhile: a
/// TaskScope waits for it.
template <class Submitter, class Function>
class RunAwaiter {
public:
    using Value = std::invoke_result_t<Function&>;
    using Outcome = Result<Value, PoolRejected>;

    RunAwaiter(Submitter& submitter, Loop& loop, Function& function)
        : submitter_(submitter), loop_(loop), function_(function) {}

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
        waiting_ = waiting;
        const auto submitted = submitter_.try_submit([this] { work(); });
        if (!submitted) {
            outcome_.emplace(fail(submitted.error()));
            loop_.post([this] { waiting_.resume(); });
        }
    }
    Outcome await_resume() { return std::move(*outcome_); }

private:
    void work() {
        if constexpr (std::is_void_v<Value>) {
            function_();
            outcome_.emplace();
        } else {
            outcome_.emplace(function_());
        }
        loop_.post([this] { waiting_.resume(); });
    }

    Submitter& submitter_;
    Loop& loop_;
    Function& function_;
    std::coroutine_handle<> waiting_;
    std::optional<Outcome> outcome_;
};

}  // namespace pool_detail

/// Threads for libraries that block or compute long. Any thread may submit. Metrics:
/// studio_pool_rejected_total and studio_pool_queued, labelled pool="…".
class BlockingPool {
public:
    using Function = std::function<void()>;

    explicit BlockingPool(BlockingPoolOptions options = {});
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;
    /// Checks that stop() was called.
    ~BlockingPool();

    /// Queues `function` for the next free thread. Functions must not throw.
    [[nodiscard]] Result<void, PoolRejected> try_submit(Function function);

    /// Runs `function` on a thread of the pool and resumes on `loop`, which is the awaiter's own.
    /// What `function` refers to must live until then.
    template <class Callable>
    [[nodiscard]] auto run(Loop& loop, Callable function)
        -> Task<Result<std::invoke_result_t<Callable&>, PoolRejected>> {
        co_return co_await pool_detail::RunAwaiter<BlockingPool, Callable>(*this, loop, function);
    }

    /// How many functions run at once; at least 1.
    [[nodiscard]] std::size_t width() const;

    /// Takes nothing more, finishes what it took, and waits for the threads. Once, from outside the
    /// pool, while the loops of waiting tasks still exist.
    void stop();

private:
    friend class SerialQueue;
    struct State;

    // Not bounded: a SerialQueue has at most one function here at a time. `continues`: it comes
    // from such a function.
    Result<void, PoolRejected> submit_serial(Function function, bool continues);
    void work();

    std::unique_ptr<State> state_;
};

}  // namespace studio::runtime
