#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/sensitive.hpp"
#include "base/strong_id.hpp"
#include "base/time.hpp"
#include "core/call/call_error.hpp"
#include "core/call/call_usage.hpp"

namespace studio::core {

/// Where a call stands. Those up to `active` are under way, the others final (docs/adr).
///
///   pending --> connecting -------------> active --> completed      a normal end, by either side
///      |         |   | a phone is called  ^  |-----> disconnected   the media broke off
///      |         |   v                    |  |-----> timeout        silence or length limit
///      |         |  dialing --> ringing --+  |
///      +---------+-----+-----------+---------+-----> failed         never worked, or our fault
enum class CallStatus : std::uint8_t {
    pending,
    connecting,
    dialing,
    ringing,
    active,
    completed,
    failed,
    disconnected,
    timeout,
};

[[nodiscard]] std::string_view name_of(CallStatus status);
[[nodiscard]] std::optional<CallStatus> parse_call_status(std::string_view name);
[[nodiscard]] constexpr bool is_final(CallStatus status) {
    return status >= CallStatus::completed;
}

enum class CallDirection : std::uint8_t { inbound, outbound };
enum class CallType : std::uint8_t { voip, sip };

enum class TranscriptRole : std::uint8_t { user, assistant, tool };

[[nodiscard]] std::string_view name_of(CallDirection direction);
[[nodiscard]] std::string_view name_of(CallType type);
[[nodiscard]] std::string_view name_of(TranscriptRole role);

/// The waterfall of one turn: how long after the caller's last captured speech sample each stage
/// was reached. A stage that the turn never reached is absent. An answer that was asked for early
/// may have its first token before the endpoint.
struct TurnLatency {
    /// The turn taker decided that the caller had finished.
    std::optional<microseconds> endpoint_decided;
    std::optional<microseconds> transcript_final;
    std::optional<microseconds> first_token;
    std::optional<microseconds> first_sentence;
    std::optional<microseconds> first_audio;
    /// The first packet of the answer left; what the caller waits for, less the way back.
    std::optional<microseconds> first_packet;
};

/// The stages in their order, by the names that they have everywhere: in events and answers with
/// `_ms`, in rows and files with `_us`, as labels of metrics without a unit.
struct TurnStage {
    std::string_view name;
    std::optional<microseconds> TurnLatency::*reached;
};
inline constexpr std::array<TurnStage, 6> turn_stages{{
    {"endpoint", &TurnLatency::endpoint_decided},
    {"transcript", &TurnLatency::transcript_final},
    {"token", &TurnLatency::first_token},
    {"sentence", &TurnLatency::first_sentence},
    {"audio", &TurnLatency::first_audio},
    {"packet", &TurnLatency::first_packet},
}};

/// One thing that was said, heard or done.
struct TranscriptEntry {
    /// 0, 1, 2 … within the call.
    std::uint32_t sequence = 0;
    TranscriptRole role = TranscriptRole::user;
    /// What was said. Of the agent only what the caller heard.
    std::string content;
    /// Name of the agent that spoke or was spoken to.
    std::string agent;
    WallTime timestamp{};
    /// The agent was cut off; `content` ends where the caller stopped hearing it.
    bool interrupted = false;
    /// On the first answer of a turn.
    std::optional<TurnLatency> latency;
    /// Of a tool entry: the tool's name, arguments and result.
    Json tool;
};

/// Figures of a whole call; averages over its turns, absent where there was none.
struct CallMetrics {
    std::uint32_t turns = 0;
    std::uint32_t interruptions = 0;
    /// Answers that were asked for before it was certain that the caller had finished, and were the
    /// answer, or were thrown away.
    std::uint32_t early_answers_kept = 0;
    std::uint32_t early_answers_dropped = 0;
    std::uint32_t agent_handoffs = 0;
    std::uint64_t total_tokens = 0;
    /// Endpoint decided to final transcript.
    std::optional<double> stt_latency_ms;
    /// Final transcript, or where the answer was asked for earlier that moment, to first model
    /// token.
    std::optional<double> llm_latency_ms;
    /// First sentence to first audio.
    std::optional<double> tts_latency_ms;
    /// Last captured speech sample to first packet sent.
    std::optional<double> turn_latency_ms;
    std::uint64_t packets_lost = 0;
    std::uint64_t frames_late = 0;
};

/// One call as it is stored.
struct CallRecord {
    CallId id;
    TenantId tenant_id;
    /// With whom the call begins; of a workflow, at which node.
    std::string agent_name;
    /// Of the workflow as it was called; both empty for a call of one agent.
    std::string workflow_id{};
    std::string workflow_slug{};
    std::string user_id;
    CallStatus status = CallStatus::pending;
    /// Why the status is what it is, as one lower_snake_case word; empty for none.
    std::string status_reason;
    CallDirection direction = CallDirection::inbound;
    CallType type = CallType::voip;
    /// The media server's room in which it takes place; empty for a direct call.
    std::string room_name;
    /// E.164, of a phone call; empty for none.
    Pii<std::string> phone_number;
    /// Of the lease under which the record is written (ports/job_queue.hpp); 0 where one process
    /// holds every call.
    std::uint64_t fencing_token = 0;
    /// `{{user.*}}` in templates; given with the call, never changed.
    Json user_context = JsonObject{};
    /// Kept with the call, not looked at.
    Json metadata = JsonObject{};
    /// False for a call that was asked for with a test key: it stays out of what is counted.
    bool livemode = true;
    std::vector<std::string> agent_history;
    CallMetrics metrics;
    /// What failed of what outside systems were asked for; by their first occurrence.
    std::vector<CallError> errors;
    /// What providers did for it, and how long it took.
    std::vector<StageUsage> usage{};
    WallTime created_at{};
    std::optional<WallTime> started_at;
    std::optional<WallTime> ended_at;
    /// When somebody was last known to hold the call (CallRecovery::note_alive, and every write of
    /// a holder); a store tells it, and does not take it from a record.
    std::optional<WallTime> alive_at{};
    /// Whether the caller has heard anything of the agent. Known to whoever holds the call, and not
    /// stored; absent where it is not known.
    std::optional<bool> agent_heard{};
    /// Since when the agent has had something to say of which nothing was heard yet: its model was
    /// asked, or its voice. Known to whoever holds the call, and not stored.
    std::optional<WallTime> silent_since{};
};

}  // namespace studio::core
