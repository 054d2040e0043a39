#include "core/call/call_record.hpp"

#include <array>

namespace studio::core {

namespace {

constexpr std::array<std::string_view, 9> status_names{"pending", "connecting",   "dialing",
                                                       "ringing", "active",       "completed",
                                                       "failed",  "disconnected", "timeout"};

}  // namespace

std::string_view name_of(CallStatus status) {
    return status_names.at(static_cast<std::size_t>(status));
}

std::optional<CallStatus> parse_call_status(std::string_view name) {
    for (std::size_t index = 0; index < status_names.size(); ++index) {
        if (status_names.at(index) == name) {
            return static_cast<CallStatus>(index);
        }
    }
    return std::nullopt;
}

std::string_view name_of(CallDirection direction) {
    return direction == CallDirection::inbound ? "inbound" : "outbound";
}

std::string_view name_of(CallType type) {
    return type == CallType::voip ? "voip" : "sip";
}

std::string_view name_of(TranscriptRole role) {
    switch (role) {
        case TranscriptRole::user:
            return "user";
        case TranscriptRole::assistant:
            return "assistant";
        case TranscriptRole::tool:
            return "tool";
    }
    return "unknown";
}

}  // namespace studio::core
