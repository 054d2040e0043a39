#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace studio::adapters::espeak {

/// Starts `arguments[0]`, searched in PATH, without a shell: its standard input and output are the
/// two files given, its errors go nowhere, other files and our signal masks it does not inherit.
/// Its process id; -1 where it cannot be started.
[[nodiscard]] pid_t spawn(const std::vector<std::string>& arguments, int input, int output);

}  // namespace studio::adapters::espeak
