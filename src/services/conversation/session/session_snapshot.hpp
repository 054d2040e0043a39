#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "core/call/call.hpp"
#include "core/call/call_record.hpp"
#include "core/dialog/dialog.hpp"
#include "core/turn/turn.hpp"

namespace studio::services {

/// A tool that runs.
struct SavedTool {
    core::DialogToolCall call;
    /// As core::RunTool names them.
    std::uint32_t request = 0;
    std::uint32_t index = 0;
    /// Effects of it that are over.
    std::uint32_t effects = 0;
    /// core::ToolRun::save().
    Json machine;
    JsonObject params;
    /// The tool ends the call, and why.
    std::optional<std::string> end_reason;
    /// The tool hands the call over, and to whom.
    std::optional<std::string> hand_off_to{};
    /// Whose tool it is; empty for the agent that is spoken to.
    std::string agent{};
};

/// The sum and number of what was observed.
struct SavedMean {
    double sum = 0.0;
    std::uint32_t count = 0;
};

/// What was told about the call so far.
struct SavedReport {
    /// Of the next transcript entry.
    std::uint32_t sequence = 0;
    std::uint32_t turn = 0;
    std::optional<WallTime> started_at;
    std::optional<WallTime> ended_at;
    std::uint32_t interruptions = 0;
    std::uint32_t early_answers_kept = 0;
    std::uint32_t early_answers_dropped = 0;
    std::uint32_t agent_handoffs = 0;
    /// Everybody who was spoken to so far, in order; empty where that is not known.
    std::vector<std::string> agent_history{};
    std::vector<core::CallError> errors{};
    std::vector<core::StageUsage> usage{};
    /// The caller has heard something of the agent. True also where nothing is known of it, so that
    /// no call is said to have been silent that was not.
    bool agent_heard = true;
    std::uint64_t packets_lost = 0;
    std::uint64_t frames_late = 0;
    SavedMean recognition;
    SavedMean model;
    SavedMean synthesis;
    SavedMean whole;
};

/// A call written down: everything from which another worker carries it on. Durations count from
/// `saved_at`.
struct SessionSnapshot {
    /// A snapshot of another version is not read.
    static constexpr int version = 1;
    /// Of the text; the journal takes no more.
    static constexpr std::size_t bytes_max = 1U << 20U;

    CallId call_id;
    /// Who is spoken to: the one that goes on.
    std::string agent_name;
    /// Who takes over as soon as what is being said was heard; empty for nobody.
    std::string next_agent;
    WallTime saved_at{};
    /// Whoever saved it leaves in good order and says nothing more: no word of apology is due.
    bool handed_over = false;
    core::Call::Saved call;
    core::Turn::Saved turn;
    core::Dialog::Saved dialog;
    std::vector<SavedTool> tools;
    /// core::CallContext::save().
    Json context = JsonObject{};
    SavedReport report;
    /// Transcript entries that may not be stored yet; storing one again is harmless.
    std::vector<core::TranscriptEntry> unwritten;
};

/// One line of JSON.
[[nodiscard]] std::string serialize_snapshot(const SessionSnapshot& snapshot);
/// The error is a sentence that names the member that is missing or wrong. Accepts nothing that a
/// session could not be built from.
[[nodiscard]] Result<SessionSnapshot, std::string> parse_snapshot(std::string_view text);

/// For a call of which no snapshot can be had: what record and transcript tell. `entries` in their
/// order.
[[nodiscard]] SessionSnapshot make_snapshot(const core::CallRecord& record,
                                            const std::vector<core::TranscriptEntry>& entries,
                                            milliseconds max_duration, WallTime now);
/// Entries that were stored after the snapshot was taken: nothing that was said is forgotten, and
/// no sequence is used twice.
void add_entries(SessionSnapshot& snapshot, const std::vector<core::TranscriptEntry>& entries);

}  // namespace studio::services
