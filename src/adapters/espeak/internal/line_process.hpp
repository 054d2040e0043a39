#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace studio::adapters::espeak {

/// A program that stays: lines go to its standard input, and what it answers is read as it comes.
/// Killed and reaped when destroyed. On one thread at a time, which may block.
class LineProcess {
public:
    using Deadline = std::chrono::steady_clock::time_point;

    /// Starts `arguments[0]`, searched in PATH. Whether it could be started: is_open().
    explicit LineProcess(const std::vector<std::string>& arguments);
    LineProcess(const LineProcess&) = delete;
    LineProcess& operator=(const LineProcess&) = delete;
    ~LineProcess();

    [[nodiscard]] bool is_open() const { return child_ > 0; }
    /// Writes all of `lines`; false where the program is gone or does not take them by `deadline`.
    [[nodiscard]] bool send(std::string_view lines, Deadline deadline);
    /// Waits for output and appends it to `target`; false where the program is gone, or nothing
    /// came by `deadline`.
    [[nodiscard]] bool receive(std::string& target, Deadline deadline);
    /// Whether it has said something that nobody asked for, or is gone.
    [[nodiscard]] bool is_out_of_step() const;

private:
    pid_t child_ = -1;
    /// A socket, so that writing to a dead program is an error and not SIGPIPE.
    int input_ = -1;
    int output_ = -1;
};

}  // namespace studio::adapters::espeak
