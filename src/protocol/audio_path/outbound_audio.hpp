#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "audio/frame.hpp"
#include "audio/opus_codec.hpp"
#include "audio/resampler.hpp"
#include "base/bytes.hpp"
#include "protocol/sdp/audio_codec.hpp"

namespace studio::audio_path {

/// What one RTP packet is made of.
struct OutboundPacket {
    /// Valid until the next encode().
    ByteView payload;
    /// Units of the codec's clock since the start of the call: silence counts.
    std::uint64_t media_time = 0;
    /// The first packet after silence (RFC 3551, section 4.1).
    bool marker = false;
};

/// What one call says: a 20 ms frame or silence in, RTP payloads out. For silence nothing is sent,
/// but time goes on, so that the other side plays the pause as long as it was (RFC 3550, section
/// 5.1). Allocates when made, never per frame. One owner.
class OutboundAudio {
public:
    explicit OutboundAudio(sdp::AudioCodec codec, const audio::OpusEncoderOptions& options = {});

    /// The next 20 ms, spoken.
    [[nodiscard]] OutboundPacket encode(const audio::Frame& frame);
    /// The next `frames` times 20 ms, silent.
    void skip(std::uint64_t frames = 1);
    /// What the other side reports as lost, 0 to 100: Opus repeats itself accordingly.
    void set_expected_loss(int percent);

    [[nodiscard]] sdp::AudioCodec codec() const { return codec_; }

private:
    static constexpr std::size_t g711_samples = audio::frame_samples / 2;

    [[nodiscard]] ByteView encode_g711(const audio::Frame& frame);

    sdp::AudioCodec codec_;
    std::uint64_t ticks_per_frame_;
    std::uint64_t media_time_ = 0;
    bool after_silence_ = true;
    std::optional<audio::OpusEncoder> opus_;
    std::optional<audio::Resampler> downsampler_;
    std::array<std::uint8_t, audio::opus_packet_bytes_max> payload_{};
};

}  // namespace studio::audio_path
