#include "protocol/rtp/receiver.hpp"

#include <algorithm>

namespace studio::rtp {
namespace {

// RFC 3550, A.1: a jump further ahead or back than this needs a second packet to be believed.
constexpr std::int32_t dropout_max = 3000;
// Packets further back than the window are taken as duplicates: too late to be played anyway.
constexpr std::uint64_t window_packets = 256;

}  // namespace

ReceivedPacket Receiver::handle_packet(const Packet& packet, Instant now) {
    if (!started_) {
        start(packet);
        update_jitter(packet, now);
        return {Arrival::in_order, highest_sequence_};
    }
    const auto highest = static_cast<std::uint16_t>(highest_sequence_);
    const auto delta = static_cast<std::int16_t>(packet.sequence - highest);
    if (delta > dropout_max || delta < -dropout_max) {
        return jump(packet);
    }
    probation_sequence_.reset();
    const std::uint64_t sequence =
        highest_sequence_ + static_cast<std::uint64_t>(static_cast<std::int64_t>(delta));
    if (delta > 0) {
        advance(sequence, now);
        update_jitter(packet, now);
        return {Arrival::in_order, sequence};
    }
    return fill_hole(sequence);
}

void Receiver::start(const Packet& packet) {
    started_ = true;
    ssrc_ = packet.ssrc;
    base_sequence_ = highest_sequence_ = (std::uint64_t{1} << 16U) + packet.sequence;
    window_ = {1, 0, 0, 0};
    missing_count_ = 0;
    probation_sequence_.reset();
    last_transit_.reset();
    received_ += 1;
    received_since_restart_ = 1;
    expected_at_report_ = 0;
    received_at_report_ = 0;
}

void Receiver::advance(std::uint64_t sequence, Instant now) {
    const std::uint64_t step = sequence - highest_sequence_;
    for (std::uint64_t hole = highest_sequence_ + 1; hole < sequence; ++hole) {
        note_missing(hole, now);
    }
    const std::uint64_t words = std::min<std::uint64_t>(step / 64, window_.size());
    const unsigned bits = step % 64;
    for (std::size_t index = window_.size(); index-- > 0;) {
        const std::uint64_t here = index >= words ? window_[index - words] : 0;
        const std::uint64_t below = index >= words + 1 ? window_[index - words - 1] : 0;
        window_[index] = bits == 0 ? here : (here << bits) | (below >> (64 - bits));
    }
    window_[0] |= 1;
    highest_sequence_ = sequence;
    ++received_;
    ++received_since_restart_;
}

ReceivedPacket Receiver::fill_hole(std::uint64_t sequence) {
    if (sequence < base_sequence_ || seen_before(sequence)) {
        ++duplicates_;
        return {Arrival::duplicate, sequence};
    }
    const std::uint64_t back = highest_sequence_ - sequence;
    window_[back / 64] |= std::uint64_t{1} << (back % 64);
    if (forget_missing(sequence)) {
        ++recovered_;
    }
    ++received_;
    ++received_since_restart_;
    return {Arrival::late, sequence};
}

ReceivedPacket Receiver::jump(const Packet& packet) {
    if (probation_sequence_ == packet.sequence) {
        const auto stats_before = stats();
        lost_before_restart_ = stats_before.packets_lost;
        start(packet);
        return {Arrival::restarted, highest_sequence_};
    }
    probation_sequence_ = static_cast<std::uint16_t>(packet.sequence + 1);
    return {Arrival::out_of_range, 0};
}

bool Receiver::seen_before(std::uint64_t sequence) {
    const std::uint64_t back = highest_sequence_ - sequence;
    return back >= window_packets || ((window_[back / 64] >> (back % 64)) & 1U) != 0;
}

// RFC 3550, A.8. Packets of one timestamp and repeated ones say nothing of the network's jitter.
void Receiver::update_jitter(const Packet& packet, Instant now) {
    const auto arrival_units = static_cast<std::uint32_t>(
        static_cast<std::uint64_t>(duration_cast<microseconds>(now.time_since_epoch()).count()) *
        options_.clock_rate_hz / 1'000'000);
    const std::uint32_t transit = arrival_units - packet.timestamp;
    if (last_transit_ && packet.timestamp != last_timestamp_) {
        const auto difference = static_cast<std::int32_t>(transit - *last_transit_);
        const std::uint32_t distance = difference < 0 ? 0U - static_cast<std::uint32_t>(difference)
                                                      : static_cast<std::uint32_t>(difference);
        jitter_q4_ += distance - ((jitter_q4_ + 8) >> 4U);
    }
    last_transit_ = transit;
    last_timestamp_ = packet.timestamp;
}

void Receiver::note_missing(std::uint64_t sequence, Instant now) {
    if (missing_count_ == missing_max) {
        // The oldest is the least worth asking for.
        std::move(missing_.begin() + 1, missing_.end(), missing_.begin());
        --missing_count_;
    }
    missing_[missing_count_++] = {sequence, now + options_.nack_delay, 0};
}

/// Whether it was asked for: only then did the answer recover it.
bool Receiver::forget_missing(std::uint64_t sequence) {
    const auto end = missing_.begin() + static_cast<std::ptrdiff_t>(missing_count_);
    const auto found = std::find_if(missing_.begin(), end, [sequence](const Missing& missing) {
        return missing.sequence == sequence;
    });
    if (found == end) {
        return false;
    }
    const bool asked = found->asked > 0;
    std::move(found + 1, end, found);
    --missing_count_;
    return asked;
}

void Receiver::handle_sender_report(const SenderReport& report, Instant now) {
    if (started_ && report.ssrc != ssrc_) {
        return;
    }
    last_report_ntp_ = static_cast<std::uint32_t>(report.ntp_time >> 16U);
    last_report_at_ = now;
}

std::uint64_t Receiver::expected() const {
    return started_ ? highest_sequence_ - base_sequence_ + 1 : 0;
}

std::optional<ReportBlock> Receiver::make_report(Instant now) {
    if (!started_) {
        return std::nullopt;
    }
    ReportBlock block;
    block.ssrc = ssrc_;
    const std::uint64_t expected_interval = expected() - expected_at_report_;
    const std::uint64_t received_interval = received_since_restart_ - received_at_report_;
    expected_at_report_ = expected();
    received_at_report_ = received_since_restart_;
    if (expected_interval > received_interval) {
        block.fraction_lost = static_cast<std::uint8_t>(std::min<std::uint64_t>(
            (expected_interval - received_interval) * 256 / expected_interval, 255));
    }
    block.cumulative_lost =
        static_cast<std::int32_t>(std::min<std::uint64_t>(stats().packets_lost, 0x7FFFFF));
    block.highest_sequence = static_cast<std::uint32_t>(highest_sequence_ - (1U << 16U));
    block.jitter = jitter_q4_ >> 4U;
    block.last_sender_report = last_report_ntp_;
    if (last_report_ntp_ != 0) {
        const auto since = duration_cast<microseconds>(now - last_report_at_).count();
        block.delay_since_sender_report =
            static_cast<std::uint32_t>(static_cast<std::uint64_t>(since) * 65'536 / 1'000'000);
    }
    return block;
}

NackSequences Receiver::poll_nack(Instant now) {
    NackSequences sequences;
    std::size_t kept = 0;
    for (std::size_t index = 0; index < missing_count_; ++index) {
        Missing missing = missing_[index];
        if (now >= missing.ask_at) {
            if (missing.asked == options_.nacks_max) {
                continue;  // Nobody would play it any more: lost for good.
            }
            sequences.try_push(static_cast<std::uint16_t>(missing.sequence));
            ++missing.asked;
            missing.ask_at = now + std::max<microseconds>(options_.nack_interval, round_trip_);
        }
        missing_[kept++] = missing;
    }
    missing_count_ = kept;
    nacks_sent_ += sequences.size();
    return sequences;
}

Deadline Receiver::next_deadline() const {
    Deadline deadline;
    for (std::size_t index = 0; index < missing_count_; ++index) {
        deadline = earlier(deadline, missing_[index].ask_at);
    }
    return deadline;
}

std::optional<std::uint32_t> Receiver::ssrc() const {
    return started_ ? std::optional(ssrc_) : std::nullopt;
}

ReceiverStats Receiver::stats() const {
    ReceiverStats stats;
    stats.packets_received = received_;
    stats.packets_duplicate = duplicates_;
    stats.packets_lost = lost_before_restart_;
    if (expected() > received_since_restart_) {
        stats.packets_lost += expected() - received_since_restart_;
    }
    stats.packets_recovered = recovered_;
    stats.nacks_sent = nacks_sent_;
    stats.jitter =
        microseconds(std::uint64_t{jitter_q4_ >> 4U} * 1'000'000 / options_.clock_rate_hz);
    return stats;
}

}  // namespace studio::rtp
