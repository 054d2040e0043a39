#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "runtime/asio_loop.hpp"
#include "runtime/thread_priority.hpp"

namespace studio::runtime {

/// An AsioLoop with a thread of its own. Made, started and stopped by one owner on another thread.
class LoopThread {
public:
    /// `runs_first`: the thread runs before others where that is allowed
    /// (raise_thread_priority()), for media, which is due every 20 ms whatever the machine does.
    explicit LoopThread(AsioLoopOptions options = {}, bool runs_first = false);
    LoopThread(const LoopThread&) = delete;
    LoopThread& operator=(const LoopThread&) = delete;
    /// Checks that stop() was called.
    ~LoopThread();

    void start();
    /// Stops the loop and waits for its thread. Whatever lives on the loop is closed before.
    void stop();
    /// Runs `function` on the loop's thread and waits for it: for setting up and taking down what
    /// lives there. Not from the loop's own thread. Precondition: started.
    void run_and_wait(const std::function<void()>& function);

    [[nodiscard]] AsioLoop& loop() { return loop_; }
    /// What the thread got. After run_and_wait().
    [[nodiscard]] ThreadPriority priority() const { return priority_; }

private:
    AsioLoop loop_;
    bool runs_first_;
    ThreadPriority priority_;
    std::thread thread_;
};

}  // namespace studio::runtime
