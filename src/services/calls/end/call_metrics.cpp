#include "services/calls/end/call_metrics.hpp"

#include <chrono>
#include <string>
#include <vector>

#include "base/metric.hpp"

namespace studio::services {
namespace {

double to_seconds(microseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

const std::vector<double>& loss_bounds() {
    static const std::vector<double> bounds{0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2};
    return bounds;
}

/// Jitter of a wire is fractions of a millisecond, that of a bad radio link 100 ms.
const std::vector<double>& jitter_bounds() {
    static const std::vector<double> bounds{0.0005, 0.001, 0.002, 0.005, 0.01,
                                            0.02,   0.03,  0.05,  0.1,   0.2};
    return bounds;
}

void observe_quality(const MediaStats& stats) {
    const std::uint64_t expected = stats.packets_received + stats.packets_lost;
    if (expected == 0) {
        return;
    }
    static Histogram& loss = metrics().histogram(
        "studio_rtp_loss_ratio", "Share of a call's packets that were lost.", loss_bounds());
    static Histogram& jitter =
        metrics().histogram("studio_rtp_jitter_seconds",
                            "A call's interarrival jitter at its end (RFC 3550).", jitter_bounds());
    loss.observe(static_cast<double>(stats.packets_lost) / static_cast<double>(expected));
    jitter.observe(to_seconds(stats.jitter));
    if (stats.round_trip > microseconds{0}) {
        static Histogram& round_trip =
            metrics().histogram("studio_rtp_round_trip_seconds", "A call's round trip, from RTCP.",
                                latency_bounds_seconds());
        round_trip.observe(to_seconds(stats.round_trip));
    }
}

}  // namespace

void observe_turn(const core::TurnLatency& latency) {
    static Histogram& turn = metrics().histogram(
        "studio_turn_latency_seconds",
        "From the caller's last captured sample to the first packet of the answer.",
        latency_bounds_seconds());
    if (latency.first_packet) {
        turn.observe(to_seconds(*latency.first_packet));
    }
    for (const core::TurnStage& stage : core::turn_stages) {
        if (latency.*stage.reached) {
            metrics()
                .histogram("studio_turn_stage_seconds",
                           "From the caller's last captured sample to a stage of the answer.",
                           latency_bounds_seconds(), "stage=\"" + std::string(stage.name) + '"')
                .observe(to_seconds(*(latency.*stage.reached)));
        }
    }
}

void observe_media(const MediaStats& stats) {
    static Counter& received = metrics().counter("studio_rtp_packets_received_total",
                                                 "RTP packets received, by the end of their call.");
    static Counter& lost =
        metrics().counter("studio_rtp_packets_lost_total", "RTP packets that never came.");
    static Counter& sent = metrics().counter("studio_rtp_packets_sent_total", "RTP packets sent.");
    static Counter& concealed =
        metrics().counter("studio_rtp_frames_concealed_total",
                          "20 ms of sound that were made up for packets lost or late.");
    received.add(stats.packets_received);
    lost.add(stats.packets_lost);
    sent.add(stats.packets_sent);
    concealed.add(stats.frames_concealed);
    observe_quality(stats);
}

}  // namespace studio::services
