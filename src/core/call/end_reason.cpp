#include "core/call/end_reason.hpp"

namespace studio::core {

namespace {

struct Row {
    EndReason reason;
    std::string_view name;
    CallStatus status;
};

constexpr CallStatus completed = CallStatus::completed;
constexpr CallStatus disconnected = CallStatus::disconnected;
constexpr CallStatus failed = CallStatus::failed;

/// In the order of the enumeration.
constexpr std::array<Row, end_reason_count> rows{{
    {EndReason::caller_hung_up, "caller_hung_up", completed},
    {EndReason::tool_ended, "tool_ended", completed},
    {EndReason::transferred, "transferred", completed},
    {EndReason::ended_by_api, "ended_by_api", completed},
    {EndReason::agent_dismissed, "agent_dismissed", completed},
    {EndReason::shutdown, "shutdown", completed},
    {EndReason::connection_lost, "connection_lost", disconnected},
    {EndReason::caller_left, "caller_left", disconnected},
    {EndReason::caller_removed, "caller_removed", disconnected},
    {EndReason::room_closed, "room_closed", disconnected},
    {EndReason::replaced, "replaced", disconnected},
    {EndReason::caller_silent, "caller_silent", CallStatus::timeout},
    {EndReason::max_duration, "max_duration", CallStatus::timeout},
    {EndReason::language_model_failed, "language_model_failed", failed},
    {EndReason::speech_recognition_failed, "speech_recognition_failed", failed},
    {EndReason::speech_synthesis_failed, "speech_synthesis_failed", failed},
    {EndReason::agent_never_heard, "agent_never_heard", failed},
    {EndReason::media_failed, "media_failed", failed},
    {EndReason::internal_error, "internal_error", failed},
    {EndReason::too_many_handoffs, "too_many_handoffs", failed},
    {EndReason::process_died, "process_died", failed},
    {EndReason::workers_lost, "workers_lost", failed},
    {EndReason::cancelled, "cancelled", failed},
    {EndReason::no_offer, "no_offer", failed},
    {EndReason::server_shutdown, "server_shutdown", failed},
    {EndReason::no_answer, "no_answer", failed},
    {EndReason::join_timeout, "join_timeout", failed},
    {EndReason::never_connected, "never_connected", failed},
    {EndReason::no_worker, "no_worker", failed},
    {EndReason::tenant_limit, "tenant_limit", failed},
    {EndReason::agent_limit, "agent_limit", failed},
    {EndReason::overloaded, "overloaded", failed},
    {EndReason::limit_reached, "limit_reached", failed},
    {EndReason::queue_unavailable, "queue_unavailable", failed},
    {EndReason::store_unavailable, "store_unavailable", failed},
    {EndReason::room_taken, "room_taken", failed},
    {EndReason::no_agent, "no_agent", failed},
    {EndReason::agent_not_valid, "agent_not_valid", failed},
    {EndReason::room_gone, "room_gone", failed},
    {EndReason::not_startable, "not_startable", failed},
    {EndReason::busy, "busy", failed},
    {EndReason::declined, "declined", failed},
    {EndReason::number_unknown, "number_unknown", failed},
    {EndReason::number_invalid, "number_invalid", failed},
    {EndReason::media_refused, "media_refused", failed},
    {EndReason::trunk_refused, "trunk_refused", failed},
    {EndReason::trunk_failed, "trunk_failed", failed},
    {EndReason::no_trunk, "no_trunk", failed},
    {EndReason::media_server_unavailable, "media_server_unavailable", failed},
    {EndReason::media_server_refused, "media_server_refused", failed},
    {EndReason::phone_gone, "phone_gone", failed},
    {EndReason::phone_service_busy, "phone_service_busy", failed},
}};

constexpr bool is_in_order() {
    for (std::size_t index = 0; index < rows.size(); ++index) {
        if (static_cast<std::size_t>(rows.at(index).reason) != index) {
            return false;
        }
    }
    return true;
}
static_assert(is_in_order());

const Row& row_of(EndReason reason) {
    return rows.at(static_cast<std::size_t>(reason));
}

}  // namespace

std::string_view name_of(EndReason reason) {
    return row_of(reason).name;
}

CallStatus status_of(EndReason reason) {
    return row_of(reason).status;
}

std::optional<EndReason> parse_end_reason(std::string_view name) {
    for (const Row& row : rows) {
        if (row.name == name) {
            return row.reason;
        }
    }
    return std::nullopt;
}

EndCause EndCause::by_tool(std::string_view word) {
    const auto listed = parse_end_reason(word);
    if (listed == EndReason::transferred) {
        return EndReason::transferred;
    }
    EndCause cause(EndReason::tool_ended);
    if (!listed) {
        cause.word_ = word;
    }
    return cause;
}

std::string_view EndCause::name() const {
    return word_.empty() ? name_of(reason_) : std::string_view(word_);
}

}  // namespace studio::core
