#pragma once

#include <string_view>

namespace studio::apps {

/// Processors that this process may really use: those of its affinity mask, or the quota of its
/// control group (cgroup v2, cpu.max) where that is less, rounded up; at least 1. A container that
/// is allowed two processors of a machine of 64 gets 2.
[[nodiscard]] unsigned usable_cpus();

/// The quota that a cpu.max file grants (`200000 100000` is 2), rounded up; 0 where it grants all
/// or cannot be read.
[[nodiscard]] unsigned parse_cpu_quota(std::string_view cpu_max);

}  // namespace studio::apps
