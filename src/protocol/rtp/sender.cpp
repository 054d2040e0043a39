#include "protocol/rtp/sender.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace studio::rtp {
namespace {

// RFC 3550, section 4: NTP counts from 1900, the civil clock from 1970.
constexpr std::uint64_t ntp_epoch_offset_seconds = 2'208'988'800;

std::uint8_t history_size(const SenderOptions& options) {
    return std::clamp<std::uint8_t>(options.history_packets, 1, 64);
}

}  // namespace

Sender::Sender(const SenderOptions& options, Entropy& entropy, Instant now)
    : options_(options),
      start_(now),
      ssrc_(options.ssrc ? *options.ssrc : entropy.u32()),
      // The first half of the range, as RFC 3711, section 3.3.1 advises for the rollover counter.
      sequence_(static_cast<std::uint16_t>(entropy.u32() & 0x7FFFU)),
      timestamp_offset_(entropy.u32()) {
    options_.history_packets = history_size(options);
    kept_ = std::make_unique<Kept[]>(options_.history_packets);
    kept_bytes_ = std::make_unique<std::uint8_t[]>(std::size_t{options_.history_packets} *
                                                   options_.history_packet_bytes_max);
}

PacketHeader Sender::next_header(std::uint64_t media_time, bool marker, std::size_t payload_bytes,
                                 Instant now) {
    last_media_time_ = media_time;
    last_sent_at_ = now;
    return next_header(options_.payload_type, media_time, marker, payload_bytes, now);
}

PacketHeader Sender::next_header(std::uint8_t payload_type, std::uint64_t media_time, bool marker,
                                 std::size_t payload_bytes, Instant now) {
    if (stats_.packets_sent == 0) {
        last_media_time_ = media_time;
        last_sent_at_ = now;
    }
    ++stats_.packets_sent;
    stats_.octets_sent += payload_bytes;
    return {marker, payload_type, sequence_++,
            static_cast<std::uint32_t>(timestamp_offset_ + media_time), ssrc_};
}

void Sender::remember(std::uint16_t sequence, ByteView packet) {
    if (packet.size() > options_.history_packet_bytes_max) {
        return;
    }
    const std::size_t slot = std::size_t{sequence} % options_.history_packets;
    std::copy(packet.begin(), packet.end(),
              kept_bytes_.get() + slot * options_.history_packet_bytes_max);
    kept_[slot] = {true, false, sequence, static_cast<std::uint16_t>(packet.size()), {}};
}

std::optional<ByteView> Sender::repeat(std::uint16_t sequence, Instant now) {
    const std::size_t slot = std::size_t{sequence} % options_.history_packets;
    Kept& kept = kept_[slot];
    if (!kept.filled || kept.sequence != sequence) {
        return std::nullopt;
    }
    const auto interval = std::max<microseconds>(options_.repeat_interval, stats_.round_trip);
    if (kept.repeated && now - kept.repeated_at < interval) {
        return std::nullopt;
    }
    kept.repeated = true;
    kept.repeated_at = now;
    ++stats_.packets_repeated;
    return ByteView(kept_bytes_.get() + slot * options_.history_packet_bytes_max, kept.size);
}

std::uint64_t Sender::ntp_at(Instant now) const {
    const auto wall = duration_cast<microseconds>(options_.wall_at_start.time_since_epoch()) +
                      duration_cast<microseconds>(now - start_);
    const auto total = static_cast<std::uint64_t>(wall.count());
    const std::uint64_t whole = total / 1'000'000 + ntp_epoch_offset_seconds;
    return (whole << 32U) | (((total % 1'000'000) << 32U) / 1'000'000);
}

std::optional<SenderReport> Sender::make_report(Instant now) const {
    if (stats_.packets_sent == 0) {
        return std::nullopt;
    }
    const auto since = duration_cast<microseconds>(now - last_sent_at_).count();
    const auto units = static_cast<std::uint64_t>(since) * options_.clock_rate_hz / 1'000'000;
    SenderReport report;
    report.ssrc = ssrc_;
    report.ntp_time = ntp_at(now);
    report.rtp_timestamp = static_cast<std::uint32_t>(timestamp_offset_ + last_media_time_ + units);
    report.packet_count = static_cast<std::uint32_t>(stats_.packets_sent);
    report.octet_count = static_cast<std::uint32_t>(stats_.octets_sent);
    return report;
}

void Sender::handle_report(const ReportBlock& block, Instant now) {
    if (block.ssrc != ssrc_) {
        return;
    }
    stats_.fraction_lost = block.fraction_lost;
    stats_.cumulative_lost = block.cumulative_lost;
    stats_.jitter = block.jitter;
    if (block.last_sender_report == 0) {
        return;
    }
    // RFC 3550, section 6.4.1, in 1/65536 s. A lying or rounding peer may make it negative.
    const auto arrival = static_cast<std::uint32_t>(ntp_at(now) >> 16U);
    const std::uint32_t units =
        arrival - block.last_sender_report - block.delay_since_sender_report;
    if (static_cast<std::int32_t>(units) >= 0) {
        stats_.round_trip = std::min<microseconds>(
            microseconds(std::uint64_t{units} * 1'000'000 / 65'536), seconds(10));
    }
}

}  // namespace studio::rtp
