#pragma once

#include <coroutine>
#include <cstddef>
#include <vector>

#include "base/task.hpp"
#include "base/time.hpp"
#include "runtime/cancellation.hpp"
#include "runtime/loop.hpp"

namespace studio::runtime {

/// The running tasks of one actor: nothing is detached, leaving the scope cancels and waits. One
/// loop. An exception that leaves one of them ends the process.
///
///     open --spawn--> open --close()--> closing --last task ends--> closed
class TaskScope {
public:
    explicit TaskScope(Loop& loop) : loop_(loop) {}
    /// A scope inside another: cancelled with `parent`.
    TaskScope(Loop& loop, const CancellationToken& parent) : loop_(loop), source_(parent) {}
    TaskScope(const TaskScope&) = delete;
    TaskScope& operator=(const TaskScope&) = delete;
    /// Checks that no task is left: await close() first.
    ~TaskScope();

    /// Starts `task` at once, up to its first wait, and owns it until its end. After close() it is
    /// destroyed unstarted.
    void spawn(Task<void> task);
    /// Asks the tasks to end and waits until they have. Any number of callers, none of them a task
    /// of this scope. The waiting ends on the loop, never inside the last task.
    [[nodiscard]] Task<void> close();
    /// Asks the tasks to end without waiting; close() is still owed.
    void request_cancel() { source_.request(); }

    /// What every operation of the tasks takes.
    [[nodiscard]] CancellationToken token() const { return source_.token(); }
    /// Tasks that have not ended.
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    class Runner;
    class EmptyAwaiter;

    static Runner run(TaskScope& scope, Task<void> task);
    void on_task_end();

    Loop& loop_;
    CancellationSource source_;
    bool closing_ = false;
    std::size_t size_ = 0;
    std::vector<std::coroutine_handle<>> waiting_;
};

/// Waits on `loop`, which must be the present one. True after the whole time; false, early, where
/// `token` is cancelled. Destroying the waiting task is safe.
[[nodiscard]] Task<bool> sleep_for(Loop& loop, nanoseconds duration, CancellationToken token = {});

/// `co_await resume_on(loop)` goes on as a handler of `loop`, from any thread.
class ResumeOn {
public:
    explicit ResumeOn(Loop& loop) : loop_(loop) {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
        loop_.post([waiting] { waiting.resume(); });
    }
    void await_resume() const noexcept {}

private:
    Loop& loop_;
};

[[nodiscard]] inline ResumeOn resume_on(Loop& loop) {
    return ResumeOn(loop);
}

}  // namespace studio::runtime
