#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "base/log.hpp"
#include "sim/sim_call.hpp"
#include "sim/sim_workers.hpp"

namespace {

void print(std::uint64_t seed, const std::vector<std::string>& trace,
           const std::vector<std::string>& violations) {
    for (const std::string& line : trace) {
        std::printf("%s\n", line.c_str());
    }
    for (const std::string& violation : violations) {
        std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), violation.c_str());
    }
}

int run_calls(std::uint64_t first, std::uint64_t seeds, bool trace) {
    std::uint64_t failed = 0;
    std::uint64_t checked = 0;
    std::uint64_t combined = 0;
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        const auto result = studio::sim::run_sim_call(seed, {.keep_trace = trace});
        checked += static_cast<std::uint64_t>(result.interruptions_checked);
        combined = combined * 31 + result.trace_hash;
        print(seed, result.trace, result.violations);
        failed += result.violations.empty() ? 0U : 1U;
    }
    std::printf("%llu calls, %llu failed, %llu interruptions timed, trace %016llx\n",
                static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(failed),
                static_cast<unsigned long long>(checked),
                static_cast<unsigned long long>(combined));
    return failed == 0 ? 0 : 1;
}

int run_workers(std::uint64_t first, std::uint64_t seeds, bool trace) {
    std::uint64_t failed = 0;
    std::uint64_t combined = 0;
    int calls = 0;
    int kills = 0;
    int handovers = 0;
    std::vector<studio::nanoseconds> silences;
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        const auto result = studio::sim::run_sim_workers(seed, trace);
        combined = combined * 31 + result.trace_hash;
        calls += result.calls;
        kills += result.kills;
        handovers += result.handovers;
        silences.insert(silences.end(), result.silences.begin(), result.silences.end());
        print(seed, result.trace, result.violations);
        failed += result.violations.empty() ? 0U : 1U;
    }
    std::sort(silences.begin(), silences.end());
    const auto quantile = [&silences](std::size_t percent) {
        return silences.empty() ? 0LL
                                : static_cast<long long>(studio::to_milliseconds(
                                      silences[(silences.size() - 1) * percent / 100]));
    };
    std::printf(
        "%llu worlds, %llu failed, %d calls, %d kills, %d hand-overs; silence after a kill "
        "p50 %lld ms, p95 %lld ms of %zu; trace %016llx\n",
        static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(failed), calls,
        kills, handovers, quantile(50), quantile(95), silences.size(),
        static_cast<unsigned long long>(combined));
    return failed == 0 ? 0 : 1;
}

}  // namespace

/// studio_sim --seeds N [--seed FIRST] [--scenario call|workers] [--trace]: runs N calls, or N
/// worlds of workers; ends 1 where one broke a rule.
int main(int argc, char** argv) {
    std::uint64_t seeds = 100;
    std::uint64_t first = 1;
    bool trace = false;
    bool workers = false;
    for (int index = 1; index < argc; ++index) {
        const std::string argument = argv[index];
        if (argument == "--trace") {
            trace = true;
        } else if (index + 1 < argc && argument == "--scenario") {
            workers = std::string(argv[++index]) == "workers";
        } else if (index + 1 < argc && (argument == "--seeds" || argument == "--seed")) {
            (argument == "--seeds" ? seeds : first) = std::strtoull(argv[++index], nullptr, 10);
        } else {
            std::fprintf(stderr,
                         "usage: studio_sim [--seeds N] [--seed FIRST] "
                         "[--scenario call|workers] [--trace]\n");
            return 2;
        }
    }
    studio::abort_on_bug(true);
    studio::set_log_level(studio::LogLevel::off);
    return workers ? run_workers(first, seeds, trace) : run_calls(first, seeds, trace);
}
