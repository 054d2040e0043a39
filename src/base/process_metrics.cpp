#include "base/process_metrics.hpp"

#include "base/cgroup_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <sstream>
#include <string>

namespace studio {
namespace {

using Kind = MetricSample::Kind;

/// The fields of /proc/self/stat that we use (proc(5)), with their numbers there.
struct ProcessStat {
    double user_ticks = 0;      // 14
    double system_ticks = 0;    // 15
    double start_ticks = 0;     // 22, since boot
    double virtual_bytes = 0;   // 23
    double resident_pages = 0;  // 24
};

std::optional<ProcessStat> read_process_stat() {
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    // The program's name, field 2, may hold anything, also blanks and parentheses.
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos) {
        return std::nullopt;
    }
    std::istringstream stream(line.substr(name_end + 1));
    const std::vector<std::string> fields{std::istream_iterator<std::string>(stream), {}};
    constexpr std::size_t first_number = 3;
    constexpr std::size_t last_number = 24;
    if (fields.size() <= last_number - first_number) {
        return std::nullopt;
    }
    const auto field = [&fields](std::size_t number) {
        return std::strtod(fields[number - first_number].c_str(), nullptr);
    };
    return ProcessStat{field(14), field(15), field(22), field(23), field(24)};
}

/// Seconds since 1970 at which the machine came up.
std::optional<double> read_boot_time() {
    std::ifstream file("/proc/stat");
    std::string word;
    while (file >> word) {
        if (word == "btime") {
            double value = 0;
            file >> value;
            return value;
        }
        file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    }
    return std::nullopt;
}

std::optional<double> count_descriptors() {
    std::error_code error;
    std::filesystem::directory_iterator entries("/proc/self/fd", error);
    if (error) {
        return std::nullopt;
    }
    // The listing itself holds one.
    return static_cast<double>(std::distance(begin(entries), end(entries)) - 1);
}

void add(std::vector<MetricSample>& samples, Kind kind, std::string_view name,
         std::string_view help, double value) {
    samples.push_back({kind, name, help, {}, value});
}

}  // namespace

void ProcessMetrics::collect(std::vector<MetricSample>& samples) {
    if (const auto stat = read_process_stat()) {
        const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
        const auto page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
        add(samples, Kind::counter, "process_cpu_seconds_total",
            "User and system CPU time spent, in seconds.",
            (stat->user_ticks + stat->system_ticks) / ticks);
        add(samples, Kind::gauge, "process_resident_memory_bytes", "Resident memory, in bytes.",
            stat->resident_pages * page_bytes);
        add(samples, Kind::gauge, "process_virtual_memory_bytes", "Virtual memory, in bytes.",
            stat->virtual_bytes);
        if (const auto boot = read_boot_time()) {
            add(samples, Kind::gauge, "process_start_time_seconds",
                "Start of the process, in seconds since 1970.", *boot + stat->start_ticks / ticks);
        }
    }
    if (const auto open = count_descriptors()) {
        add(samples, Kind::gauge, "process_open_fds", "File descriptors that are open.", *open);
    }
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        add(samples, Kind::gauge, "process_max_fds", "File descriptors that may be open.",
            static_cast<double>(limit.rlim_cur));
    }
}

void add_process_metrics() {
    // Never destroyed, as the registry.
    static auto* const collector = new ProcessMetrics;
    static auto* const container = new CgroupMetrics;
    metrics().add_collector(*collector);
    metrics().add_collector(*container);
}

}  // namespace studio
