#include "apps/config/cpu_count.hpp"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <string>

namespace studio::apps {

unsigned parse_cpu_quota(std::string_view cpu_max) {
    std::uint64_t quota = 0;
    std::uint64_t period = 0;
    const char* end = cpu_max.data() + cpu_max.size();
    const auto [after_quota, quota_error] = std::from_chars(cpu_max.data(), end, quota);
    if (quota_error != std::errc{} || after_quota == end) {
        return 0;
    }
    const auto [after_period, period_error] = std::from_chars(after_quota + 1, end, period);
    if (period_error != std::errc{} || period == 0) {
        return 0;
    }
    return static_cast<unsigned>((quota + period - 1) / period);
}

unsigned usable_cpus() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    unsigned count = 1;
    if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
        count = static_cast<unsigned>(std::max(1, CPU_COUNT(&allowed)));
    }
    std::ifstream file("/sys/fs/cgroup/cpu.max");
    std::string line;
    std::getline(file, line);
    const unsigned quota = parse_cpu_quota(line);
    return quota == 0 ? count : std::min(count, quota);
}

}  // namespace studio::apps
