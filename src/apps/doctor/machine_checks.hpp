#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/doctor/finding.hpp"

namespace studio::apps {

/// What this process may use of the machine that it runs on; the checks are made of it.
struct MachineFacts {
    /// RLIMIT_NOFILE, the soft one.
    std::uint64_t files_max = 0;
    /// Whether the kernel knows that its clock follows another (adjtimex(2)); nothing where it does
    /// not say.
    std::optional<bool> clock_is_kept;
    /// Of the folder for what waits on the database, or of the nearest one above it that exists.
    std::string spool;
    bool spool_is_writable = false;
    std::uint64_t disk_free_bytes = 0;
    std::uint64_t disk_bytes = 0;
    /// Of the control group, else of the machine.
    std::uint64_t memory_free_bytes = 0;
    unsigned processors = 1;
    /// Of the control group: periods, and those in which the processor was taken away; 0 where it
    /// has no quota.
    std::uint64_t periods = 0;
    std::uint64_t periods_throttled = 0;
    /// What a media thread gets: `real_time`, `nice`, `normal`.
    std::string priority;
    /// Addresses under which media may come: the configured ones, else those of the interfaces.
    std::vector<std::string> addresses;
};

/// Asks the kernel. `spool` is the option's value, `addresses` likewise; both may be empty.
[[nodiscard]] MachineFacts look_at_machine(const std::string& spool,
                                           const std::vector<std::string>& addresses);

/// Pure.
[[nodiscard]] Findings judge(const MachineFacts& facts);

}  // namespace studio::apps
