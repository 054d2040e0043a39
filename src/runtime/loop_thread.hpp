#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "runtime/asio_loop.hpp"

namespace studio::runtime {

/// An AsioLoop with a thread of its own. Made, started and stopped by one owner on another thread.
class LoopThread {
public:
    explicit LoopThread(AsioLoopOptions options = {});
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

private:
    AsioLoop loop_;
    std::thread thread_;
};

}  // namespace studio::runtime
