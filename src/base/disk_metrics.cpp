#include "base/disk_metrics.hpp"

#include <sys/statvfs.h>

namespace studio {

void DiskMetrics::collect(std::vector<MetricSample>& samples) {
    struct statvfs state {};
    if (::statvfs(folder_.c_str(), &state) != 0) {
        return;
    }
    const auto block = static_cast<double>(state.f_frsize);
    samples.push_back({MetricSample::Kind::gauge, "studio_disk_size_bytes",
                       "Size of the file system on which the spool is.", "",
                       static_cast<double>(state.f_blocks) * block});
    // For us, who are not root: a part of what is free is kept for root.
    samples.push_back({MetricSample::Kind::gauge, "studio_disk_free_bytes",
                       "What is free of it for this process.", "",
                       static_cast<double>(state.f_bavail) * block});
}

void add_disk_metrics(std::string folder) {
    // Never destroyed, as the registry.
    static auto* const collector = new DiskMetrics(std::move(folder));
    static const bool added = [] {
        metrics().add_collector(*collector);
        return true;
    }();
    static_cast<void>(added);
}

}  // namespace studio
