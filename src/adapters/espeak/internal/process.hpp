#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace studio::adapters::espeak {

/// A program with a text as its standard input, whose standard output is read. Killed and reaped
/// when destroyed. On one thread, which may block.
class Process {
public:
    enum class Read : std::uint8_t { data, nothing_yet, end, failed };

    /// Starts `arguments[0]`, searched in PATH. Whether it could be started: is_open().
    Process(const std::vector<std::string>& arguments, std::string_view input);
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    [[nodiscard]] bool is_open() const { return child_ > 0; }
    /// Waits at most `patience` for output, and puts what came into `target`, setting `size`.
    [[nodiscard]] Read read(std::span<std::uint8_t> target, milliseconds patience,
                            std::size_t& size);
    /// Waits for the program's end, after Read::end. Whether it ended well.
    [[nodiscard]] bool finish();

private:
    pid_t child_ = -1;
    int output_ = -1;
};

}  // namespace studio::adapters::espeak
