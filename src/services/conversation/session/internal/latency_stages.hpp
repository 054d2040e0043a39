#pragma once

#include <array>
#include <optional>
#include <utility>

#include "core/call/call_record.hpp"

namespace studio::services {

using LatencyStage = std::optional<microseconds> core::TurnLatency::*;

/// The stages of a turn's latency by the names that messages give them.
inline constexpr std::array<std::pair<const char*, LatencyStage>, 6> latency_stages{{
    {"endpoint_ms", &core::TurnLatency::endpoint_decided},
    {"transcript_ms", &core::TurnLatency::transcript_final},
    {"token_ms", &core::TurnLatency::first_token},
    {"sentence_ms", &core::TurnLatency::first_sentence},
    {"audio_ms", &core::TurnLatency::first_audio},
    {"packet_ms", &core::TurnLatency::first_packet},
}};

}  // namespace studio::services
