#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/check.hpp"
#include "base/log.hpp"
#include "sim/sim_call.hpp"

/// studio_sim --seeds N [--seed FIRST] [--trace]: runs N calls; ends 1 where one broke a rule.
int main(int argc, char** argv) {
    std::uint64_t seeds = 100;
    std::uint64_t first = 1;
    bool trace = false;
    for (int index = 1; index < argc; ++index) {
        const std::string argument = argv[index];
        if (argument == "--trace") {
            trace = true;
        } else if (index + 1 < argc && (argument == "--seeds" || argument == "--seed")) {
            (argument == "--seeds" ? seeds : first) = std::strtoull(argv[++index], nullptr, 10);
        } else {
            std::fprintf(stderr, "usage: studio_sim [--seeds N] [--seed FIRST] [--trace]\n");
            return 2;
        }
    }
    studio::abort_on_bug(true);
    studio::set_log_level(studio::LogLevel::off);
    std::uint64_t failed = 0;
    std::uint64_t checked = 0;
    std::uint64_t combined = 0;
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        const auto result = studio::sim::run_sim_call(seed, {.keep_trace = trace});
        checked += static_cast<std::uint64_t>(result.interruptions_checked);
        combined = combined * 31 + result.trace_hash;
        for (const std::string& line : result.trace) {
            std::printf("%s\n", line.c_str());
        }
        for (const std::string& violation : result.violations) {
            std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed),
                        violation.c_str());
        }
        failed += result.violations.empty() ? 0U : 1U;
    }
    std::printf("%llu calls, %llu failed, %llu interruptions timed, trace %016llx\n",
                static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(failed),
                static_cast<unsigned long long>(checked),
                static_cast<unsigned long long>(combined));
    return failed == 0 ? 0 : 1;
}
