#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/metric.hpp"

namespace studio {

/// What the container of this process uses of what it may (control groups, version 2, the kernel's
/// Documentation/admin-guide/cgroup-v2.rst): studio_cgroup_memory_bytes and _max_bytes,
/// studio_cgroup_cpu_periods_total and _throttled_total. A container whose processor is throttled
/// stutters, however little it uses on the average. Read at each scrape; figures that the kernel
/// does not give (version 1, no container, no limit) are left out. Any thread.
class CgroupMetrics final : public MetricCollector {
public:
    explicit CgroupMetrics(std::string folder = "/sys/fs/cgroup") : folder_(std::move(folder)) {}
    void collect(std::vector<MetricSample>& samples) override;

private:
    std::string folder_;
};

}  // namespace studio
