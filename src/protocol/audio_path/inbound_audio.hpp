#pragma once

#include <cstdint>
#include <memory>

#include "audio/voice_receiver.hpp"
#include "base/bytes.hpp"
#include "base/time.hpp"
#include "protocol/sdp/audio_codec.hpp"

namespace studio::audio_path {

/// The name that the signal code has for a codec of SDP.
[[nodiscard]] audio::VoiceCodec voice_codec(sdp::AudioCodec codec);

/// One RTP packet of audio, authentic and no repeat, in order of arrival.
struct AudioPacket {
    sdp::AudioCodec codec = sdp::AudioCodec::opus;
    std::uint16_t sequence = 0;
    /// In units of the codec's clock.
    std::uint32_t timestamp = 0;
    /// Hostile.
    ByteView payload;
    Instant arrival{};
};

/// What one call hears: RTP packets in, 20 ms frames out. It follows a sender that changes its
/// codec in the middle of the call, once it is seen to mean it. Allocates when made and when the
/// codec changes, never per frame. One owner.
///
///     push(packet) -> VoiceReceiver of the present codec (jitter buffer, decoder) -> pop(now)
class InboundAudio {
public:
    explicit InboundAudio(sdp::AudioCodec codec, const audio::JitterBufferOptions& options = {});

    /// Hands in a packet.
    void push(const AudioPacket& packet);
    /// Call once every 20 ms.
    [[nodiscard]] audio::VoiceFrame pop(Instant now);

    [[nodiscard]] audio::JitterStats stats() const { return receiver_->stats(); }
    /// Since the start of the call, over all codecs.
    [[nodiscard]] std::uint64_t frames_concealed() const;

private:
    // A new codec costs a decoder, so a sender cannot make us change with every packet.
    static constexpr int packets_until_change = 3;

    [[nodiscard]] bool follow_codec(sdp::AudioCodec codec);

    audio::JitterBufferOptions options_;
    // Some 50 KB, on the heap so that it can be replaced.
    std::unique_ptr<audio::VoiceReceiver> receiver_;
    sdp::AudioCodec codec_;
    sdp::AudioCodec other_codec_;
    int other_packets_ = 0;
    std::uint64_t concealed_before_ = 0;
};

}  // namespace studio::audio_path
