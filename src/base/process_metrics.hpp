#pragma once

#include <vector>

#include "base/metric.hpp"

namespace studio {

/// What the kernel knows of this process, under the names that every Prometheus client gives them
/// (process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds …). Read from /proc
/// at each scrape; figures that cannot be read are left out. Any thread.
class ProcessMetrics final : public MetricCollector {
public:
    void collect(std::vector<MetricSample>& samples) override;
};

/// Adds them to the process's registry. Once, at start.
void add_process_metrics();

}  // namespace studio
