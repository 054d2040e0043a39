#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/call/call_record.hpp"

namespace studio::core {

/// Why a call ended: the whole list, each with the status that it means where the call had begun
/// (docs/endings.md says when each is given). A call that had not begun is `failed` whatever the
/// reason.
enum class EndReason : std::uint8_t {
    // completed: one of both sides ended it.
    caller_hung_up,
    tool_ended,
    transferred,
    ended_by_api,
    agent_dismissed,
    shutdown,

    // disconnected: it broke off.
    connection_lost,
    caller_left,
    caller_removed,
    room_closed,
    replaced,

    // timeout
    caller_silent,
    max_duration,

    // failed: it was under way.
    language_model_failed,
    speech_recognition_failed,
    speech_synthesis_failed,
    agent_never_heard,
    media_failed,
    internal_error,
    too_many_handoffs,
    process_died,
    workers_lost,

    // failed: it never began.
    cancelled,
    no_offer,
    server_shutdown,
    no_answer,
    join_timeout,
    never_connected,
    no_worker,
    tenant_limit,
    agent_limit,
    overloaded,
    limit_reached,
    queue_unavailable,
    store_unavailable,
    room_taken,
    no_agent,
    agent_not_valid,
    room_gone,
    not_startable,

    // failed: a phone was not reached.
    busy,
    declined,
    number_unknown,
    number_invalid,
    media_refused,
    trunk_refused,
    trunk_failed,
    no_trunk,
    media_server_unavailable,
    media_server_refused,
    phone_gone,
    phone_service_busy,
};

inline constexpr std::size_t end_reason_count =
    static_cast<std::size_t>(EndReason::phone_service_busy) + 1;

/// As a call's `status_reason`: one lower_snake_case word.
[[nodiscard]] std::string_view name_of(EndReason reason);
/// Of a call that had begun; one of the final ones.
[[nodiscard]] CallStatus status_of(EndReason reason);
[[nodiscard]] std::optional<EndReason> parse_end_reason(std::string_view name);

/// A reason, or the word that the author of an agent gave to the action `end_call` in its place.
class EndCause {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): wherever a cause is wanted a reason is one.
    EndCause(EndReason reason) : reason_(reason) {}

    /// What a tool's `end_call` means. A word of the list that is not a tool's to give counts as
    /// none: nobody can make a call look as if it had ended otherwise.
    [[nodiscard]] static EndCause by_tool(std::string_view word);

    [[nodiscard]] EndReason reason() const { return reason_; }
    /// As a call's `status_reason`.
    [[nodiscard]] std::string_view name() const;

private:
    EndReason reason_;
    /// Of tool_ended only; empty for none.
    std::string word_{};
};

}  // namespace studio::core
