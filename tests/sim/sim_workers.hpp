#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace studio::sim {

/// What came of one world of workers.
struct WorkersResult {
    std::vector<std::string> violations;
    std::vector<std::string> trace;
    /// FNV-1a over everything that happened, with its time.
    std::uint64_t trace_hash = 0;
    int calls = 0;
    int kills = 0;
    int handovers = 0;
    /// Of calls between agents.
    int handoffs = 0;
    /// How long callers heard nothing after their worker was killed, where nothing else was broken.
    std::vector<nanoseconds> silences;
};

/// Some workers, some calls in rooms, one queue, journal and store, on virtual time; workers are
/// killed or told to drain and others come, and store and queue are away for a while: all as `seed`
/// says. Checks that each call ends exactly once, that no line of the transcript is lost or
/// doubled, that no effect of a tool is repeated, that limits hold and no place leaks, that a
/// killed worker's callers are not left alone for long, and that nothing is alive at the end.
[[nodiscard]] WorkersResult run_sim_workers(std::uint64_t seed, bool keep_trace = false);

}  // namespace studio::sim
