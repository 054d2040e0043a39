#include <algorithm>
#include <utility>

#include "protocol/sctp/internal/outbound_queue.hpp"

namespace studio::sctp {
namespace {

constexpr std::uint8_t flag_end = 1;
constexpr std::uint8_t flag_begin = 2;
constexpr std::uint8_t flag_unordered = 4;
// What a chunk costs besides its data.
constexpr std::size_t entry_bytes = 64;
// RFC 9260, section 7.2.4: the third report of a hole repeats the chunk.
constexpr std::uint8_t missing_reports_max = 3;

}  // namespace

OutboundQueue::OutboundQueue(const DataChannelsOptions& options, std::uint32_t first_tsn)
    : options_(options),
      first_((std::uint64_t{1} << 32U) + first_tsn),
      next_new_(first_),
      // RFC 9260, section 7.2.1.
      window_bytes_(std::min(4 * options.packet_bytes_max,
                             std::max<std::size_t>(2 * options.packet_bytes_max, 4404))),
      slow_start_threshold_(options.send_buffer_bytes),
      rto_(options.rto_initial) {}

bool OutboundQueue::push(const Message& message) {
    const std::size_t piece_max =
        (options_.packet_bytes_max - common_header_bytes - data_header_bytes) / 4 * 4;
    const std::size_t pieces =
        std::max<std::size_t>((message.data.size() + piece_max - 1) / piece_max, 1);
    const std::size_t bytes = message.data.size() + pieces * entry_bytes;
    if (buffered_bytes_ + bytes > options_.send_buffer_bytes && buffered_bytes_ > 0) {
        return false;
    }
    buffered_bytes_ += bytes;
    const std::uint16_t sequence =
        message.unordered ? std::uint16_t{0} : next_sequence_[message.stream]++;
    for (std::size_t piece = 0; piece < pieces; ++piece) {
        const std::size_t from = piece * piece_max;
        const std::size_t to = std::min(from + piece_max, message.data.size());
        Outgoing chunk;
        chunk.fragment = {message.stream,
                          sequence,
                          message.protocol,
                          message.unordered,
                          piece == 0,
                          piece + 1 == pieces,
                          Bytes(message.data.begin() + static_cast<std::ptrdiff_t>(from),
                                message.data.begin() + static_cast<std::ptrdiff_t>(to))};
        chunks_.push_back(std::move(chunk));
    }
    return true;
}

bool OutboundQueue::may_send(const Outgoing& chunk) const {
    const std::size_t size = chunk.fragment.data.size();
    // One chunk may always be under way: it probes a closed window (RFC 9260, section 6.1, rule A).
    return flight_bytes_ == 0 ||
           (flight_bytes_ + size <= window_bytes_ && flight_bytes_ + size <= peer_window_);
}

bool OutboundQueue::fill(PacketWriter& packet, Instant now) {
    for (std::size_t index = 0; index < chunks_.size(); ++index) {
        const Outgoing& chunk = chunks_[index];
        if (chunk.in_flight || chunk.acknowledged) {
            continue;
        }
        if (!may_send(chunk)) {
            return false;
        }
        const std::size_t needed = data_header_bytes + (chunk.fragment.data.size() + 3) / 4 * 4;
        if (packet.size() + needed > options_.packet_bytes_max) {
            return true;
        }
        write(packet, index, now);
    }
    return false;
}

void OutboundQueue::write(PacketWriter& packet, std::size_t index, Instant now) {
    Outgoing& chunk = chunks_[index];
    const std::uint64_t tsn = first_ + index;
    Bytes header;
    header.reserve(data_header_bytes);
    ByteWriter writer(header);
    writer.u32(static_cast<std::uint32_t>(tsn));
    writer.u16(chunk.fragment.stream);
    writer.u16(chunk.fragment.sequence);
    writer.u32(chunk.fragment.protocol);
    const auto flags = static_cast<std::uint8_t>((chunk.fragment.ends ? flag_end : 0) |
                                                 (chunk.fragment.begins ? flag_begin : 0) |
                                                 (chunk.fragment.unordered ? flag_unordered : 0));
    packet.data(flags, header, chunk.fragment.data);
    chunk.in_flight = true;
    chunk.sent_at = now;
    chunk.missing_reports = 0;
    chunk.transmissions = static_cast<std::uint8_t>(std::min(chunk.transmissions + 1, 255));
    flight_bytes_ += chunk.fragment.data.size();
    next_new_ = std::max(next_new_, tsn + 1);
    if (!timer_) {
        timer_ = now + rto_;
    }
}

bool OutboundQueue::handle_sack(ByteView value, Instant now) {
    ByteReader reader(value);
    const std::uint32_t cumulative32 = reader.u32();
    const std::uint32_t peer_window = reader.u32();
    const std::uint16_t gaps = reader.u16();
    static_cast<void>(reader.u16());
    const auto delta =
        static_cast<std::int32_t>(cumulative32 - static_cast<std::uint32_t>(first_ - 1));
    const std::uint64_t cumulative =
        first_ - 1 + static_cast<std::uint64_t>(static_cast<std::int64_t>(delta));
    if (!reader.ok() || reader.remaining() < gaps * std::size_t{4} || cumulative + 1 > next_new_) {
        return false;
    }
    if (delta < 0) {
        return true;  // Overtaken by a later one.
    }
    peer_window_ = peer_window;
    const bool was_full = flight_bytes_ + options_.packet_bytes_max > window_bytes_;
    const std::size_t advanced = acknowledge(cumulative, now);
    highest_gap_ = 0;
    const std::size_t selective = acknowledge_gaps(reader, gaps, now);
    if (highest_gap_ != 0) {
        note_missing(highest_gap_);
    }
    if (delta > 0) {
        if (cumulative >= recovery_end_) {
            grow_window(advanced + selective, was_full);
        }
        timeouts_in_a_row_ = 0;
        timer_ = flight_bytes_ > 0 ? Deadline(now + rto_) : std::nullopt;
    }
    return true;
}

/// Takes a chunk out of flight; its bytes where it was not acknowledged before.
std::size_t OutboundQueue::settle(Outgoing& chunk, Instant now) {
    if (chunk.in_flight) {
        flight_bytes_ -= chunk.fragment.data.size();
        chunk.in_flight = false;
        // Karn: a chunk sent twice does not tell which one is answered.
        if (chunk.transmissions == 1) {
            measure(now - chunk.sent_at);
        }
    }
    return std::exchange(chunk.acknowledged, true) ? 0 : chunk.fragment.data.size();
}

std::size_t OutboundQueue::acknowledge(std::uint64_t cumulative, Instant now) {
    std::size_t bytes = 0;
    while (first_ <= cumulative) {
        Outgoing& chunk = chunks_.front();
        bytes += settle(chunk, now);
        buffered_bytes_ -= chunk.fragment.data.size() + entry_bytes;
        chunks_.pop_front();
        ++first_;
    }
    return bytes;
}

std::size_t OutboundQueue::acknowledge_gaps(ByteReader& blocks, std::uint16_t count, Instant now) {
    std::size_t bytes = 0;
    const std::uint64_t cumulative = first_ - 1;
    std::uint64_t from = first_;
    for (std::uint16_t block = 0; block < count; ++block) {
        // Blocks ascend; going on from the last one keeps a hostile list linear.
        from = std::max(from, cumulative + blocks.u16());
        const std::uint64_t to = std::min(cumulative + blocks.u16(), next_new_ - 1);
        for (; from <= to; ++from) {
            const std::size_t newly = settle(chunks_[from - first_], now);
            if (newly > 0) {
                highest_gap_ = std::max(highest_gap_, from);
            }
            bytes += newly;
        }
    }
    return bytes;
}

// RFC 9260, section 7.2.4.
void OutboundQueue::note_missing(std::uint64_t highest_newly_acknowledged) {
    bool repeats = false;
    for (std::uint64_t tsn = first_; tsn < highest_newly_acknowledged; ++tsn) {
        Outgoing& chunk = chunks_[tsn - first_];
        if (chunk.in_flight && ++chunk.missing_reports == missing_reports_max) {
            chunk.in_flight = false;
            flight_bytes_ -= chunk.fragment.data.size();
            repeats = true;
        }
    }
    if (repeats && first_ > recovery_end_) {
        slow_start_threshold_ = std::max(window_bytes_ / 2, 4 * options_.packet_bytes_max);
        window_bytes_ = slow_start_threshold_;
        partial_acknowledged_ = 0;
        recovery_end_ = next_new_ - 1;
    }
}

// RFC 9260, sections 7.2.1 and 7.2.2: only a window that was used may grow.
void OutboundQueue::grow_window(std::size_t acknowledged_bytes, bool was_full) {
    if (!was_full || window_bytes_ >= options_.send_buffer_bytes) {
        return;
    }
    if (window_bytes_ <= slow_start_threshold_) {
        window_bytes_ += std::min(acknowledged_bytes, options_.packet_bytes_max);
        return;
    }
    partial_acknowledged_ += acknowledged_bytes;
    if (partial_acknowledged_ >= window_bytes_) {
        partial_acknowledged_ -= window_bytes_;
        window_bytes_ += options_.packet_bytes_max;
    }
}

// RFC 9260, section 6.3.1.
void OutboundQueue::measure(nanoseconds round_trip) {
    if (!smoothed_) {
        smoothed_ = round_trip;
        variation_ = round_trip / 2;
    } else {
        const nanoseconds difference =
            *smoothed_ > round_trip ? *smoothed_ - round_trip : round_trip - *smoothed_;
        variation_ = variation_ * 3 / 4 + difference / 4;
        smoothed_ = *smoothed_ * 7 / 8 + round_trip / 8;
    }
    rto_ = std::clamp<nanoseconds>(*smoothed_ + 4 * variation_, options_.rto_min, options_.rto_max);
}

// RFC 9260, section 6.3.3: back off, and everything not acknowledged goes out again.
bool OutboundQueue::handle_timeout(Instant now) {
    if (!timer_ || now < *timer_) {
        return true;
    }
    if (++timeouts_in_a_row_ > options_.retransmissions_max) {
        return false;
    }
    slow_start_threshold_ = std::max(window_bytes_ / 2, 4 * options_.packet_bytes_max);
    window_bytes_ = options_.packet_bytes_max;
    partial_acknowledged_ = 0;
    rto_ = std::min<nanoseconds>(rto_ * 2, options_.rto_max);
    for (Outgoing& chunk : chunks_) {
        chunk.in_flight = false;
        // The peer may have dropped what it acknowledged in gaps (RFC 9260, section 6.2.1).
        chunk.acknowledged = chunk.acknowledged && timeouts_in_a_row_ < 2;
    }
    flight_bytes_ = 0;
    timer_ = chunks_.empty() ? std::nullopt : Deadline(now + rto_);
    return true;
}

}  // namespace studio::sctp
