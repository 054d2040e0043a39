#include "apps/doctor/machine_checks.hpp"

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "apps/config/cpu_count.hpp"
#include "protocol/net/address.hpp"
#include "protocol/net/public_address.hpp"
#include "runtime/loop_thread.hpp"
#include "runtime/udp_socket.hpp"

namespace studio::apps {
namespace {

using Grade = Finding::Grade;

/// A call has a socket for media, one for signalling, and one or two each to its providers; the
/// rest is connections of the process. 1,024, the usual default, is full at some 150 calls.
constexpr std::uint64_t files_wanted = 8'192;
constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30U;

std::string in_units(std::uint64_t bytes) {
    return bytes >= 10 * gibibyte ? std::to_string(bytes / gibibyte) + " GiB"
                                  : std::to_string(bytes / mebibyte) + " MiB";
}

std::uint64_t read_number(const std::string& path, std::uint64_t otherwise) {
    std::ifstream file(path);
    std::uint64_t number = 0;
    return file >> number ? number : otherwise;
}

std::uint64_t free_memory() {
    struct sysinfo machine {};
    if (::sysinfo(&machine) != 0) {
        return 0;
    }
    std::uint64_t free = 0;
    std::ifstream file("/proc/meminfo");
    for (std::string name, unit; file >> name >> free >> unit;) {
        if (name == "MemAvailable:") {
            break;
        }
    }
    free *= 1'024;
    const std::uint64_t total = std::uint64_t{machine.totalram} * machine.mem_unit;
    const std::uint64_t limit = read_number("/sys/fs/cgroup/memory.max", total);
    const std::uint64_t used = read_number("/sys/fs/cgroup/memory.current", 0);
    return limit < total ? std::min(free, limit - std::min(limit, used)) : std::min(free, total);
}

void look_at_processor(MachineFacts& facts) {
    facts.processors = usable_cpus();
    std::ifstream file("/sys/fs/cgroup/cpu.stat");
    std::string name;
    for (std::uint64_t value = 0; file >> name >> value;) {
        if (name == "nr_periods") {
            facts.periods = value;
        } else if (name == "nr_throttled") {
            facts.periods_throttled = value;
        }
    }
}

void look_at_disk(MachineFacts& facts, const std::string& spool) {
    namespace fs = std::filesystem;
    std::error_code error;
    fs::path folder = fs::absolute(spool.empty() ? "." : spool, error);
    while (!fs::exists(folder, error) && folder.has_relative_path()) {
        folder = folder.parent_path();
    }
    facts.spool = folder.string();
    facts.spool_is_writable = ::access(folder.c_str(), W_OK | X_OK) == 0;
    struct statvfs state {};
    if (::statvfs(folder.c_str(), &state) == 0) {
        facts.disk_free_bytes = std::uint64_t{state.f_bavail} * state.f_frsize;
        facts.disk_bytes = std::uint64_t{state.f_blocks} * state.f_frsize;
    }
}

Finding judge_files(const MachineFacts& facts) {
    const std::string found = std::to_string(facts.files_max) + " open files at most";
    if (facts.files_max >= files_wanted) {
        return {Grade::good, "files", found, ""};
    }
    return {Grade::warning, "files", found + ", enough for some 150 calls",
            "raise the limit to 65536: `ulimits: nofile` of compose, LimitNOFILE of systemd"};
}

Finding judge_clock(const MachineFacts& facts) {
    if (!facts.clock_is_kept) {
        return {Grade::note, "clock", "the kernel does not say whether the clock is kept right",
                "make sure that chrony or systemd-timesyncd runs on the machine"};
    }
    if (*facts.clock_is_kept) {
        return {Grade::good, "clock", "follows a time server", ""};
    }
    return {Grade::warning, "clock", "follows no time server",
            "run chrony or systemd-timesyncd: tokens and signatures count by the minute"};
}

Finding judge_disk(const MachineFacts& facts) {
    const std::string found = facts.spool + " has " + in_units(facts.disk_free_bytes) + " free";
    if (!facts.spool_is_writable) {
        return {Grade::failed, "disk", facts.spool + " cannot be written",
                "give the folder of --spool to the user that runs the workers"};
    }
    if (facts.disk_free_bytes < 100 * mebibyte) {
        return {Grade::failed, "disk", found, "free some space: calls are written there"};
    }
    const bool is_low =
        facts.disk_free_bytes < gibibyte || facts.disk_free_bytes < facts.disk_bytes / 20;
    return {is_low ? Grade::warning : Grade::good, "disk", found,
            is_low ? "free some space before it is full" : ""};
}

Finding judge_memory(const MachineFacts& facts) {
    const bool is_low = facts.memory_free_bytes < 256 * mebibyte;
    return {is_low ? Grade::warning : Grade::good, "memory",
            in_units(facts.memory_free_bytes) + " free",
            is_low ? "raise the container's limit, or take calls away with --max-calls" : ""};
}

Finding judge_processor(const MachineFacts& facts) {
    const std::string found = std::to_string(facts.processors) + " processors";
    if (facts.periods > 0 && facts.periods_throttled * 100 > facts.periods) {
        return {Grade::warning, "processor",
                found + "; the quota stopped this container in " +
                    std::to_string(facts.periods_throttled * 100 / facts.periods) +
                    " % of its periods",
                "callers hear gaps meanwhile: raise the limit of CPU, or leave it out"};
    }
    return {Grade::good, "processor", found, ""};
}

Finding judge_priority(const MachineFacts& facts) {
    if (facts.priority != "normal") {
        return {Grade::good, "priority", "media threads run first (" + facts.priority + ')', ""};
    }
    return {Grade::note, "priority", "media threads run like all others",
            "where other programs share the machine, allow CAP_SYS_NICE or RLIMIT_RTPRIO 5"};
}

Finding judge_addresses(const MachineFacts& facts) {
    std::string list;
    bool is_public = false;
    for (const std::string& text : facts.addresses) {
        list += (list.empty() ? "" : ", ") + text;
        const auto address = net::Address::parse(text, 0);
        is_public = is_public || (address && net::is_public_address(*address));
    }
    if (is_public) {
        return {Grade::good, "addresses", list, ""};
    }
    return {Grade::note, "addresses",
            (list.empty() ? "none" : list) + ": none that the Internet reaches",
            "fine behind LiveKit; it, or `serve`, must name the public one: "
            "rtc.use_external_ip of livekit.yaml, or --media-address"};
}

}  // namespace

MachineFacts look_at_machine(const std::string& spool, const std::vector<std::string>& addresses) {
    MachineFacts facts;
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        facts.files_max = files.rlim_cur;
    }
    timex clock{};
    const int state = ::adjtimex(&clock);
    if (state >= 0) {
        facts.clock_is_kept =
            state != TIME_ERROR && (static_cast<unsigned>(clock.status) & STA_UNSYNC) == 0U;
    }
    look_at_disk(facts, spool);
    facts.memory_free_bytes = free_memory();
    look_at_processor(facts);
    // As the loops of calls ask for it.
    runtime::LoopThread media({.name = "media"}, true);
    media.start();
    media.run_and_wait([] {});
    facts.priority = runtime::name_of(media.priority().kind);
    media.stop();
    facts.addresses = addresses;
    if (addresses.empty()) {
        for (const runtime::UdpAddress& address : runtime::local_addresses()) {
            facts.addresses.push_back(net::Address::from_bytes(address.ip_bytes(), 0).ip_text());
        }
    }
    return facts;
}

Findings judge(const MachineFacts& facts) {
    return {judge_files(facts),    judge_clock(facts),     judge_disk(facts),
            judge_memory(facts),   judge_processor(facts), judge_priority(facts),
            judge_addresses(facts)};
}

}  // namespace studio::apps
