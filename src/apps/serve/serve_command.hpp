#pragma once

#include "apps/serve/serve_config.hpp"

namespace studio::apps {

/// Runs the server until SIGTERM or SIGINT. Returns the exit code: 0 after an orderly end, 1 where
/// it could not start. Precondition: the configuration is valid.
[[nodiscard]] int run_serve(const ServeConfig& config);

}  // namespace studio::apps
