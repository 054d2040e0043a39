#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "audio/frame.hpp"
#include "audio/jitter_buffer.hpp"
#include "audio/opus_codec.hpp"
#include "audio/resampler.hpp"
#include "base/bytes.hpp"
#include "base/time.hpp"

namespace studio::audio {

/// The payloads that a call may use: RFC 7587, and types 0 and 8 of RFC 3551.
enum class VoiceCodec : std::uint8_t { opus, pcmu, pcma };

/// Ticks of the RTP timestamp a second.
[[nodiscard]] constexpr std::uint32_t clock_rate_of(VoiceCodec codec) {
    return codec == VoiceCodec::opus ? 48'000 : 8'000;
}

/// How 20 ms of heard audio came to be, from the least to the most real.
enum class VoiceOrigin : std::uint8_t { silence, concealed, received };

struct VoiceFrame {
    Frame frame;
    VoiceOrigin origin = VoiceOrigin::silence;
    /// When its last sample was captured, on our clock (see DelayEstimator). Not for silence.
    Instant captured_at{};
};

struct VoicePacket {
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
    ByteView payload;
    Instant arrival{};
};

/// The hearing side of one RTP source: RTP payloads in as they come, 20 ms of audio out at every
/// tick, whatever the packets' duration. Allocates when made, never afterwards. One owner.
///
///     push(packet) -> JitterBuffer -> decoder, FEC or concealment -> 20 ms -> pop(now)
class VoiceReceiver {
public:
    /// The clock rate in `options` is set from the codec.
    explicit VoiceReceiver(VoiceCodec codec, JitterBufferOptions options = {});

    /// Hands in a packet as it came; hostile.
    JitterPush push(const VoicePacket& packet);
    /// Call once every 20 ms.
    [[nodiscard]] VoiceFrame pop(Instant now);

    [[nodiscard]] VoiceCodec codec() const { return codec_; }
    [[nodiscard]] JitterStats stats() const { return jitter_buffer_.stats(); }
    /// 20 ms frames that were made up.
    [[nodiscard]] std::uint64_t frames_concealed() const { return frames_concealed_; }

private:
    /// 120 ms: the longest packet of Opus, and our limit for G.711.
    static constexpr std::size_t piece_samples_max = opus_packet_samples_max;
    static constexpr std::size_t g711_bytes_max = piece_samples_max / 2;

    [[nodiscard]] std::optional<std::uint32_t> ticks_of(ByteView payload) const;
    VoiceOrigin produce(const JitterOutput& output);
    [[nodiscard]] std::size_t decode(ByteView payload, std::span<std::int16_t> target);
    void conceal(std::span<std::int16_t> target);
    void hear(const Frame& frame);

    VoiceCodec codec_;
    JitterBuffer jitter_buffer_;
    std::optional<OpusDecoder> opus_;
    std::optional<Resampler> upsampler_;
    std::array<std::int16_t, frame_samples + piece_samples_max + 2> pending_{};
    std::size_t pending_count_ = 0;
    VoiceOrigin pending_origin_ = VoiceOrigin::silence;
    Instant pending_captured_at_{};
    /// The last frame given out, which G.711 repeats in place of a lost one.
    Frame last_frame_;
    double loud_dbfs_;
    bool quiet_ = true;
    std::uint64_t frames_concealed_ = 0;
};

}  // namespace studio::audio
