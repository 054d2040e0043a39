#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "services/call_session/call_session.hpp"

namespace studio::sim {

struct SimResult {
    std::vector<std::string> violations;
    /// FNV-1a over everything that happened, with its time.
    std::uint64_t trace_hash = 0;
    /// The same in words, where it was asked for.
    std::vector<std::string> trace;
    core::CallRecord record;
    std::vector<core::TranscriptEntry> transcript;
    int interruptions_checked = 0;
};

struct SimOptions {
    bool keep_trace = false;
    /// Is given the call's log, where it is set.
    std::unique_ptr<std::ostream> recording = nullptr;
};

/// Runs one call to its end: caller, faults, latencies and the call's length all follow from
/// `seed`.
[[nodiscard]] SimResult run_sim_call(std::uint64_t seed, SimOptions options = {});

}  // namespace studio::sim
