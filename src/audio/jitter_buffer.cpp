#include "audio/jitter_buffer.hpp"

#include <algorithm>

namespace studio::audio {

namespace {

/// RFC 3550, appendix A.1: a larger jump of the sequence is a restart or rubbish.
constexpr std::int64_t dropout_max = 3'000;
/// Packets this far from where their timestamp puts them are not late, but of another clock.
constexpr seconds scatter_max{2};
/// Unwrapped numbers start here, so that what came before the first packet stays positive.
constexpr std::int64_t sequence_origin = 1 << 16;
constexpr std::int64_t timestamp_origin = std::int64_t{1} << 32;
/// The delay is left alone within this much of its target: pops come in steps of 20 ms.
constexpr milliseconds slack_above{25};
constexpr milliseconds slack_below{15};
constexpr milliseconds half_frame{10};

}  // namespace

JitterBuffer::JitterBuffer(const JitterBufferOptions& options)
    : options_(options), estimator_(options.delay), last_ticks_(options.delay.clock_rate_hz / 50) {}

JitterPush JitterBuffer::push(const JitterPacket& packet) {
    ++stats_.received;
    if (packet.payload.size() > jitter_payload_bytes_max || packet.ticks == 0 ||
        packet.ticks > options_.delay.clock_rate_hz) {
        ++stats_.refused;
        return JitterPush::refused;
    }
    if (!started_) {
        restart(packet);
    }
    const auto sequence_step =
        static_cast<std::int16_t>(packet.sequence - static_cast<std::uint16_t>(highest_sequence_));
    const auto timestamp_step = static_cast<std::int32_t>(
        packet.timestamp - static_cast<std::uint32_t>(highest_timestamp_));
    std::int64_t sequence = highest_sequence_ + sequence_step;
    std::int64_t timestamp = highest_timestamp_ + timestamp_step;
    if (!is_believable(sequence, timestamp, packet)) {
        if (!suspect_ || packet.sequence != static_cast<std::uint16_t>(*suspect_ + 1)) {
            suspect_ = packet.sequence;
            ++stats_.refused;
            return JitterPush::refused;
        }
        restart(packet);
        ++stats_.restarts;
        sequence = highest_sequence_;
        timestamp = highest_timestamp_;
    }
    suspect_.reset();
    if (slot_of(sequence).sequence == sequence) {
        ++stats_.duplicates;
        return JitterPush::duplicate;
    }
    estimator_.add(timestamp + packet.ticks, packet.arrival);
    if (sequence < next_sequence_ || sequence <= highest_sequence_ - slot_count) {
        ++stats_.late;
        return JitterPush::late;
    }
    store(sequence, timestamp, packet);
    return JitterPush::stored;
}

bool JitterBuffer::is_believable(std::int64_t sequence, std::int64_t timestamp,
                                 const JitterPacket& packet) {
    if (std::abs(sequence - highest_sequence_) > dropout_max) {
        return false;
    }
    if (estimator_.is_empty()) {
        return true;
    }
    const nanoseconds scatter = packet.arrival - estimator_.captured_at(timestamp + packet.ticks);
    return std::chrono::abs(scatter) <= scatter_max;
}

void JitterBuffer::restart(const JitterPacket& packet) {
    for (Slot& slot : slots_) {
        slot.sequence = -1;
    }
    estimator_ = DelayEstimator(options_.delay);
    started_ = true;
    playing_ = false;
    played_ = false;
    highest_sequence_ = sequence_origin + packet.sequence;
    highest_timestamp_ = timestamp_origin + packet.timestamp;
    next_sequence_ = highest_sequence_ - slot_count;
    concealed_ticks_ = 0;
}

JitterBuffer::Slot& JitterBuffer::slot_of(std::int64_t sequence) {
    // Unwrapped numbers are positive: they start at 65536 and steps back are bounded by 3000.
    return slots_[static_cast<std::size_t>(sequence % slot_count)];
}

JitterBuffer::Slot* JitterBuffer::earliest() {
    Slot* found = nullptr;
    for (Slot& slot : slots_) {
        if (slot.sequence >= 0 && (found == nullptr || slot.sequence < found->sequence)) {
            found = &slot;
        }
    }
    return found;
}

void JitterBuffer::make_room(std::int64_t sequence) {
    for (Slot& slot : slots_) {
        if (slot.sequence >= 0 && slot.sequence <= sequence - slot_count) {
            slot.sequence = -1;
            ++stats_.dropped;
            // What comes first now is played as soon as it is due, like after a pause.
            playing_ = false;
        }
    }
}

void JitterBuffer::store(std::int64_t sequence, std::int64_t timestamp,
                         const JitterPacket& packet) {
    make_room(sequence);
    Slot& slot = slot_of(sequence);
    slot.sequence = sequence;
    slot.timestamp = timestamp;
    slot.ticks = packet.ticks;
    slot.size = static_cast<std::uint16_t>(packet.payload.size());
    std::copy(packet.payload.begin(), packet.payload.end(), slot.bytes.begin());
    if (sequence >= highest_sequence_) {
        highest_sequence_ = sequence;
        highest_timestamp_ = timestamp;
    }
}

JitterOutput JitterBuffer::pop(Instant now, bool quiet) {
    Slot* slot = earliest();
    if (slot == nullptr) {
        return playing_ ? run_empty() : silence();
    }
    if (playing_) {
        count_concealed(*slot);
        const std::int64_t gap = slot->timestamp - next_timestamp_;
        const bool paused = slot->sequence == next_sequence_ && gap > 0;
        if (paused || gap > ticks_of(options_.conceal_max)) {
            playing_ = false;
        } else if (slot->sequence != next_sequence_) {
            return recover(*slot);
        }
    }
    if (!playing_) {
        if (delay_of(*slot, now) < estimator_.target() - half_frame) {
            return silence();
        }
        resume(*slot);
    }
    slot = shorten(slot, now, quiet);
    if (quiet && delay_of(*slot, now) < estimator_.target() - slack_below) {
        ++stats_.expanded;
        return {.step = JitterStep::conceal,
                .payload = {},
                .ticks = last_ticks_,
                .captured_at = estimator_.captured_at(next_timestamp_)};
    }
    return take(*slot, now);
}

nanoseconds JitterBuffer::delay_of(const Slot& slot, Instant now) const {
    return now - estimator_.captured_at(slot.end());
}

std::int64_t JitterBuffer::ticks_of(nanoseconds duration) const {
    return duration.count() * options_.delay.clock_rate_hz / 1'000'000'000;
}

void JitterBuffer::resume(const Slot& slot) {
    // Before the first packet was played, `next` is only a bound: nothing is missing then.
    const std::int64_t missing = slot.sequence - next_sequence_;
    if (played_ && missing > 0) {
        stats_.lost += static_cast<std::uint64_t>(missing);
    }
    playing_ = true;
    played_ = true;
    next_sequence_ = slot.sequence;
    next_timestamp_ = slot.timestamp;
    concealed_ticks_ = 0;
}

void JitterBuffer::count_concealed(const Slot& slot) {
    // While the buffer was empty, concealment stood in for packets; where those are missing now, it
    // has paid for them. Where they came after all, they are played and the delay has grown.
    while (next_sequence_ < slot.sequence && concealed_ticks_ >= last_ticks_) {
        ++next_sequence_;
        ++stats_.lost;
        next_timestamp_ += last_ticks_;
        concealed_ticks_ -= last_ticks_;
    }
    concealed_ticks_ = 0;
}

JitterBuffer::Slot* JitterBuffer::shorten(Slot* slot, Instant now, bool quiet) {
    const nanoseconds limit =
        quiet ? estimator_.target() + slack_above : nanoseconds(options_.backlog_max);
    while (delay_of(*slot, now) > limit) {
        // Only where the next one is here: a late last packet is better than none.
        const Slot& next = slot_of(slot->sequence + 1);
        if (next.sequence != slot->sequence + 1) {
            break;
        }
        slot->sequence = -1;
        ++stats_.dropped;
        next_sequence_ = next.sequence;
        next_timestamp_ = next.timestamp;
        slot = &slot_of(next_sequence_);
        if (quiet) {
            break;
        }
    }
    return slot;
}

JitterOutput JitterBuffer::silence() const {
    JitterOutput output;
    output.ticks = options_.delay.clock_rate_hz / 50;
    return output;
}

JitterOutput JitterBuffer::run_empty() {
    concealed_ticks_ += last_ticks_;
    if (concealed_ticks_ > ticks_of(options_.conceal_max)) {
        playing_ = false;
        return silence();
    }
    return {.step = JitterStep::conceal,
            .payload = {},
            .ticks = last_ticks_,
            .captured_at = estimator_.captured_at(next_timestamp_ + concealed_ticks_)};
}

JitterOutput JitterBuffer::recover(const Slot& slot) {
    const bool is_last =
        slot.sequence - next_sequence_ == 1 || slot.timestamp - next_timestamp_ <= last_ticks_;
    if (!is_last) {
        ++stats_.lost;
        ++next_sequence_;
        next_timestamp_ += last_ticks_;
        return {.step = JitterStep::conceal,
                .payload = {},
                .ticks = last_ticks_,
                .captured_at = estimator_.captured_at(next_timestamp_)};
    }
    stats_.lost += static_cast<std::uint64_t>(slot.sequence - next_sequence_);
    next_sequence_ = slot.sequence;
    next_timestamp_ = slot.timestamp;
    return {.step = JitterStep::lost,
            .payload = slot.payload(),
            .ticks = last_ticks_,
            .captured_at = estimator_.captured_at(next_timestamp_)};
}

JitterOutput JitterBuffer::take(Slot& slot, Instant now) {
    stats_.delay = delay_of(slot, now);
    last_ticks_ = slot.ticks;
    next_sequence_ = slot.sequence + 1;
    next_timestamp_ = slot.end();
    slot.sequence = -1;
    // The bytes stay where they are until the next push.
    return {.step = JitterStep::packet,
            .payload = slot.payload(),
            .ticks = slot.ticks,
            .captured_at = estimator_.captured_at(slot.end())};
}

JitterStats JitterBuffer::stats() const {
    JitterStats stats = stats_;
    stats.jitter = estimator_.jitter();
    stats.delay_target = estimator_.target();
    return stats;
}

}  // namespace studio::audio
