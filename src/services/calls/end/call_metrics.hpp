#pragma once

#include "core/call/call_record.hpp"
#include "ports/call_media.hpp"

namespace studio::services {

// What calls put into the process's metrics. Any thread.

/// One answered turn: studio_turn_latency_seconds, and studio_turn_stage_seconds{stage="…"} for
/// each stage that it reached, all counted from the caller's last captured speech sample.
void observe_turn(const core::TurnLatency& latency);

/// The media of one call, at its end: studio_rtp_packets_received_total,
/// studio_rtp_packets_lost_total, studio_rtp_packets_sent_total, studio_rtp_frames_concealed_total,
/// and the calls' studio_rtp_loss_ratio, studio_rtp_jitter_seconds and
/// studio_rtp_round_trip_seconds.
void observe_media(const MediaStats& stats);

}  // namespace studio::services
