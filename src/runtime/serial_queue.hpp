#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <type_traits>

#include "base/result.hpp"
#include "base/task.hpp"
#include "runtime/blocking_pool.hpp"

namespace studio::runtime {

struct SerialQueueOptions {
    /// Functions that wait; beyond it they are rejected.
    std::size_t queue_max = 1'024;
};

/// Runs functions on a pool one after another, in their order, never two at a time: for an object
/// that blocks and is not safe for threads (a recogniser's decoder, a database connection). Any
/// thread may submit. Destroying it lets what was submitted finish, so functions own what they use.
/// The pool outlives it.
class SerialQueue {
public:
    using Function = std::function<void()>;

    explicit SerialQueue(BlockingPool& pool, SerialQueueOptions options = {});

    /// Queues `function` behind those before it. Functions must not throw.
    [[nodiscard]] Result<void, PoolRejected> try_submit(Function function);

    /// As BlockingPool::run, in this queue's order.
    template <class Callable>
    [[nodiscard]] auto run(Loop& loop, Callable function)
        -> Task<Result<std::invoke_result_t<Callable&>, PoolRejected>> {
        co_return co_await pool_detail::RunAwaiter<SerialQueue, Callable>(*this, loop, function);
    }

    /// Functions that wait or run.
    [[nodiscard]] std::size_t size() const;

private:
    struct State;

    static void run_some(const std::shared_ptr<State>& state);

    std::shared_ptr<State> state_;
};

}  // namespace studio::runtime
