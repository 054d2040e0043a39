#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "audio/delay_estimator.hpp"
#include "base/bytes.hpp"
#include "base/time.hpp"

namespace studio::audio {

/// The longest payload that is kept: the longest single frame of Opus (RFC 6716, section 3.2.1).
inline constexpr std::size_t jitter_payload_bytes_max = 1'276;

struct JitterBufferOptions {
    DelayEstimatorOptions delay;
    /// Packets are dropped even during speech rather than played later than this.
    milliseconds backlog_max{400};
    /// How long an empty buffer is bridged by concealment before it counts as silence. Concealment
    /// of Opus has faded out by then.
    milliseconds conceal_max{100};
};

struct JitterPacket {
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
    /// How long the payload lasts, in ticks of the timestamp. A packet of none is refused.
    std::uint32_t ticks = 0;
    ByteView payload;
    Instant arrival{};
};

enum class JitterPush : std::uint8_t {
    stored,
    /// Came before.
    duplicate,
    /// Its time is over; counted.
    late,
    /// Too long, of no duration, or so far from the others that it needs a second one to be
    /// believed.
    refused,
};

enum class JitterStep : std::uint8_t {
    /// Decode the payload.
    packet,
    /// A packet is missing and `payload` is the one after it: its FEC may help. The payload comes
    /// again as a `packet`.
    lost,
    /// Nothing is there: conceal.
    conceal,
    /// The sender has paused, or has not started.
    silence,
};

struct JitterOutput {
    JitterStep step = JitterStep::silence;
    /// Valid until the next push or pop.
    ByteView payload;
    /// How much audio this step stands for, in ticks; never 0.
    std::uint32_t ticks = 0;
    /// When its last sample was captured, on our clock (see DelayEstimator); not for silence.
    Instant captured_at{};
};

/// Cumulative, but for the last three.
struct JitterStats {
    std::uint64_t received = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t late = 0;
    std::uint64_t refused = 0;
    /// Not there when their time came, whether they came later or not.
    std::uint64_t lost = 0;
    /// Thrown away to shorten the delay, or because the buffer was full.
    std::uint64_t dropped = 0;
    /// Times that concealment was put in to lengthen the delay.
    std::uint64_t expanded = 0;
    /// Times that the sender began anew with another sequence or clock.
    std::uint64_t restarts = 0;
    nanoseconds jitter{0};
    nanoseconds delay{0};
    nanoseconds delay_target{0};
};

/// Puts the packets of one RTP source into order and plays them a little late, so that those which
/// the network delayed still come in time. The delay adapts: it grows when the buffer runs empty
/// and in silence, and shrinks in silence. 41 KB inside the object; no allocation. One owner.
///
///            first packet, target delay waited           empty for conceal_max,
///     idle ----------------------------------> playing   or timestamps jump without
///      ^   pop gives silence                     |       a packet missing (DTX)
///      +-----------------------------------------+
class JitterBuffer {
public:
    explicit JitterBuffer(const JitterBufferOptions& options);

    /// Hands in a packet as it came. Hostile: any order, any numbers.
    JitterPush push(const JitterPacket& packet);

    /// The next step, when the player needs audio: for packets of 20 ms once every 20 ms. `quiet`
    /// says that the last audio was no speech, so that changing the delay goes unheard.
    [[nodiscard]] JitterOutput pop(Instant now, bool quiet);

    [[nodiscard]] JitterStats stats() const;

private:
    static constexpr std::int64_t slot_count = 32;

    struct Slot {
        /// Unwrapped; negative while the slot is free.
        std::int64_t sequence = -1;
        std::int64_t timestamp = 0;
        std::uint32_t ticks = 0;
        std::uint16_t size = 0;
        std::array<std::uint8_t, jitter_payload_bytes_max> bytes;

        [[nodiscard]] ByteView payload() const { return ByteView(bytes).first(size); }
        [[nodiscard]] std::int64_t end() const { return timestamp + ticks; }
    };

    [[nodiscard]] Slot& slot_of(std::int64_t sequence);
    [[nodiscard]] Slot* earliest();
    [[nodiscard]] bool is_believable(std::int64_t sequence, std::int64_t timestamp,
                                     const JitterPacket& packet);
    void restart(const JitterPacket& packet);
    void make_room(std::int64_t sequence);
    void store(std::int64_t sequence, std::int64_t timestamp, const JitterPacket& packet);

    [[nodiscard]] nanoseconds delay_of(const Slot& slot, Instant now) const;
    [[nodiscard]] std::int64_t ticks_of(nanoseconds duration) const;
    void resume(const Slot& slot);
    void count_concealed(const Slot& slot);
    [[nodiscard]] Slot* shorten(Slot* slot, Instant now, bool quiet);
    [[nodiscard]] JitterOutput silence() const;
    [[nodiscard]] JitterOutput run_empty();
    [[nodiscard]] JitterOutput recover(const Slot& slot);
    [[nodiscard]] JitterOutput take(Slot& slot, Instant now);

    JitterBufferOptions options_;
    DelayEstimator estimator_;
    JitterStats stats_;
    /// Whether any packet has come since the (re)start; the two highest are valid only then.
    bool started_ = false;
    std::int64_t highest_sequence_ = 0;
    std::int64_t highest_timestamp_ = 0;
    /// A packet out of all proportion; the next in sequence confirms it.
    std::optional<std::uint16_t> suspect_;
    bool playing_ = false;
    /// Whether any packet was played since the (re)start.
    bool played_ = false;
    /// What is played next; packets before it are late. Kept while idle.
    std::int64_t next_sequence_ = 0;
    std::int64_t next_timestamp_ = 0;
    /// Concealment given while the buffer was empty, which a gap in the sequence may account for.
    std::int64_t concealed_ticks_ = 0;
    std::uint32_t last_ticks_;
    std::array<Slot, static_cast<std::size_t>(slot_count)> slots_;
};

}  // namespace studio::audio
