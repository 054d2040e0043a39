#pragma once

#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "core/call/call_record.hpp"
#include "services/conversation/session/call_session.hpp"

namespace studio::services {

/// What a recording needs of a call before its first input.
struct RecordedPlan {
    CallPlan plan;
    /// Without an input log.
    CallSessionOptions options;
    /// Whether each agent has one, in the order of the plan.
    std::vector<bool> spare_voices{};
    /// The civil time at which the recording began.
    WallTime started{};
    /// A model judged the caller's voice. Of a header that was read; `options` cannot hold it.
    bool has_speech_judge = false;
    /// Another could be asked whether the caller has finished; likewise.
    bool has_turn_judge = false;
};

/// The header of a call log, and back. The error is one line for people.
[[nodiscard]] Json to_json(const RecordedPlan& plan);
[[nodiscard]] Result<RecordedPlan, std::string> parse_recorded_plan(const Json& json);

/// What the session says of its call: status, times and figures; never read back.
[[nodiscard]] Json outcome_json(const core::CallRecord& record);
/// One entry with its latency in microseconds; never read back.
[[nodiscard]] Json entry_json(const core::TranscriptEntry& entry);

}  // namespace studio::services
