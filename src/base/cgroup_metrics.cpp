#include "base/cgroup_metrics.hpp"

#include <cstdint>
#include <fstream>

namespace studio {
namespace {

using Kind = MetricSample::Kind;

void add(std::vector<MetricSample>& samples, Kind kind, std::string_view name,
         std::string_view help, std::uint64_t value) {
    samples.push_back({kind, name, help, {}, static_cast<double>(value)});
}

/// A file with one number; one that says `max` has none.
void add_file(std::vector<MetricSample>& samples, const std::string& path, std::string_view name,
              std::string_view help) {
    std::ifstream file(path);
    std::uint64_t value = 0;
    if (file >> value) {
        add(samples, Kind::gauge, name, help, value);
    }
}

}  // namespace

void CgroupMetrics::collect(std::vector<MetricSample>& samples) {
    add_file(samples, folder_ + "/memory.current", "studio_cgroup_memory_bytes",
             "Memory that the container uses.");
    add_file(samples, folder_ + "/memory.max", "studio_cgroup_memory_max_bytes",
             "Memory that the container may use.");
    std::ifstream file(folder_ + "/cpu.stat");
    std::string word;
    std::uint64_t value = 0;
    while (file >> word >> value) {
        if (word == "nr_periods") {
            add(samples, Kind::counter, "studio_cgroup_cpu_periods_total",
                "Periods in which the container wanted a processor.", value);
        } else if (word == "nr_throttled") {
            add(samples, Kind::counter, "studio_cgroup_cpu_throttled_total",
                "Those of them in which it had to wait, its share being used up.", value);
        }
    }
}

}  // namespace studio
