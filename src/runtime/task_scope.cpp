#include "runtime/task_scope.hpp"

#include <memory>
#include <utility>

#include "base/check.hpp"

namespace studio::runtime {

/// The coroutine that owns one task of the scope: it starts at once and destroys itself at its end.
class TaskScope::Runner {
public:
    struct promise_type {
        Runner get_return_object() noexcept { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() noexcept { std::terminate(); }
    };
};

class TaskScope::EmptyAwaiter {
public:
    explicit EmptyAwaiter(TaskScope& scope) : scope_(scope) {}
    [[nodiscard]] bool await_ready() const noexcept { return scope_.size_ == 0; }
    void await_suspend(std::coroutine_handle<> waiting) { scope_.waiting_.push_back(waiting); }
    void await_resume() const noexcept {}

private:
    TaskScope& scope_;
};

TaskScope::~TaskScope() {
    STUDIO_CHECK(size_ == 0, "a task scope is closed before it is destroyed");
}

void TaskScope::spawn(Task<void> task) {
    if (closing_) {
        return;
    }
    ++size_;
    run(*this, std::move(task));
}

Task<void> TaskScope::close() {
    closing_ = true;
    source_.request();
    co_await EmptyAwaiter(*this);
}

TaskScope::Runner TaskScope::run(TaskScope& scope, Task<void> task) {
    {
        // The task's frame goes before the scope learns of its end.
        Task<void> owned = std::move(task);
        co_await owned;
    }
    scope.on_task_end();
}

void TaskScope::on_task_end() {
    --size_;
    if (size_ != 0) {
        return;
    }
    // Posted: who waits may destroy the scope, which must not happen inside its last task.
    for (const std::coroutine_handle<> waiting : std::exchange(waiting_, {})) {
        loop_.post([waiting] { waiting.resume(); });
    }
}

namespace {

/// Resumed by its timer only; a cancellation moves the timer to now. So nothing points to the frame
/// but what the frame itself owns.
class SleepAwaiter {
public:
    SleepAwaiter(Loop& loop, nanoseconds duration, const CancellationToken& token)
        : loop_(loop), until_(loop.now() + duration), token_(token) {}

    [[nodiscard]] bool await_ready() const { return token_.is_cancelled(); }
    void await_suspend(std::coroutine_handle<> waiting) {
        timer_ = loop_.start_timer(until_, [waiting] { waiting.resume(); });
        hook_ =
            std::make_unique<CancellationHook>(token_, [this] { timer_->restart(loop_.now()); });
    }
    [[nodiscard]] bool await_resume() const { return !token_.is_cancelled(); }

private:
    Loop& loop_;
    Instant until_;
    const CancellationToken& token_;
    std::unique_ptr<Timer> timer_;
    std::unique_ptr<CancellationHook> hook_;
};

}  // namespace

Task<bool> sleep_for(Loop& loop, nanoseconds duration, CancellationToken token) {
    co_return co_await SleepAwaiter(loop, duration, token);
}

}  // namespace studio::runtime
