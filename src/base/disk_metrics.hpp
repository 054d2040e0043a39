#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/metric.hpp"

namespace studio {

/// Size and free bytes of the file system that holds a folder: studio_disk_size_bytes,
/// studio_disk_free_bytes. Asked of the kernel (statvfs) at each scrape; left out where it does not
/// know, such as before the folder was made. The folder is on a disk of this machine: a file system
/// over a network could make a scrape wait. Any thread.
class DiskMetrics final : public MetricCollector {
public:
    explicit DiskMetrics(std::string folder) : folder_(std::move(folder)) {}
    void collect(std::vector<MetricSample>& samples) override;

private:
    std::string folder_;
};

/// Adds them to the process's registry, for the first folder that is told. Once, at start.
void add_disk_metrics(std::string folder);

}  // namespace studio
