#pragma once

#include <vector>

#include "adapters/http/server/api_message.hpp"

namespace studio::adapters {

/// The routes of the page at `/` and its files, which are built into the program (web/). Public;
/// the browser keeps them and asks again with If-None-Match.
[[nodiscard]] std::vector<Route> page_routes();

/// The routes of `/docs`, which shows the contract, and of the contract itself, `/openapi.yaml`.
/// Public, complete without a network.
[[nodiscard]] std::vector<Route> docs_routes();

}  // namespace studio::adapters
