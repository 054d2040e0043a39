#pragma once

#include "apps/config/option_groups.hpp"
#include "apps/doctor/finding.hpp"
#include "base/task.hpp"
#include "ports/http_client.hpp"

namespace studio::apps {

/// Whether the vendors take our keys, by the cheapest request that each has, and which ears and
/// model this machine has of its own. On the loop.
[[nodiscard]] Task<Findings> check_providers(HttpClient& http, const ProviderOptions& config);

/// What the answer to a request with a key says of it; 0 where there was none. Pure.
[[nodiscard]] Finding judge_key(const std::string& vendor, const std::string& variable, int status);

}  // namespace studio::apps
