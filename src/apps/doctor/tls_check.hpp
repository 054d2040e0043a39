#pragma once

#include <string>

#include "apps/doctor/finding.hpp"

namespace studio::apps {

/// Whether the server of an https or wss URL shows a certificate that is trusted here and for its
/// name, and for how long. Connects, blocking, some seconds at most.
[[nodiscard]] Finding check_certificate(const std::string& url);

/// What is said of a certificate that is good for so many days more; negative: it is no more. Pure.
[[nodiscard]] Finding judge_certificate(const std::string& host, int days_left);

}  // namespace studio::apps
