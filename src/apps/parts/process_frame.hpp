#pragma once

#include <functional>
#include <iostream>
#include <memory>
#include <string>

#include "base/process_metrics.hpp"
#include "base/result.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/signals.hpp"
#include "runtime/task_scope.hpp"

namespace studio::apps {

/// What every command that runs until a signal has: a loop on the thread of main, an orderly end
/// (docs/shutdown.md), and an exit code.
///
///   run --start--> running --signal, stop(), give_up()--> shutting down --> returned
///                                                          | second signal: exits at once, with 1
class ProcessFrame {
public:
    using Work = std::function<Task<void>()>;

    /// `loop_name` as AsioLoopOptions::name.
    explicit ProcessFrame(const char* loop_name);

    [[nodiscard]] runtime::AsioLoop& loop() { return loop_; }
    /// Of the process; its tasks end before run() returns.
    [[nodiscard]] runtime::TaskScope& scope() { return scope_; }

    /// Runs `start`, then until the end; `shut_down` runs once, and the loop stops after it. The
    /// exit code.
    [[nodiscard]] int run(Work start, Work shut_down);
    /// Begins the end; called again it is the second signal.
    void stop();
    /// The same with one line for people and exit code 1.
    void give_up(const std::string& why);
    [[nodiscard]] bool is_stopping() const { return is_stopping_; }

private:
    [[nodiscard]] Task<void> end();

    runtime::AsioLoop loop_;
    runtime::TaskScope scope_;
    std::unique_ptr<runtime::Signals> signals_;
    Work shut_down_;
    bool is_stopping_ = false;
    int exit_code_ = 0;
};

/// Opens a `Process` and runs it until a signal. The exit code: 0 after an orderly end, 1 where it
/// could not start. Precondition: the configuration is valid.
template <class Process, class Config>
[[nodiscard]] int run_process(const Config& config) {
    add_process_metrics();
    Process process(config);
    if (const auto opened = process.open(); !opened) {
        std::cerr << "error: " << opened.error() << '\n';
        return 1;
    }
    return process.run();
}

}  // namespace studio::apps
