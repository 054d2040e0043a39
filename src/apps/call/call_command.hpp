#pragma once

#include "apps/call/call_options.hpp"

namespace studio::apps {

/// Holds one call from the terminal. Returns the exit code: 0 after an orderly call, else 1.
/// Precondition: the options are valid.
[[nodiscard]] int run_call(const CallOptions& options);

}  // namespace studio::apps
