#include "protocol/audio_path/outbound_audio.hpp"

#include <span>

#include "audio/g711.hpp"

namespace studio::audio_path {

OutboundAudio::OutboundAudio(sdp::AudioCodec codec, const audio::OpusEncoderOptions& options)
    : codec_(codec), ticks_per_frame_(sdp::clock_rate_hz(codec) / 50) {
    if (codec == sdp::AudioCodec::opus) {
        opus_.emplace(options);
    } else {
        downsampler_.emplace(audio::ResamplerOptions{.source_rate_hz = audio::sample_rate_hz,
                                                     .target_rate_hz = 8'000});
    }
}

OutboundPacket OutboundAudio::encode(const audio::Frame& frame) {
    OutboundPacket packet;
    packet.payload = opus_ ? opus_->encode(frame, payload_) : encode_g711(frame);
    packet.media_time = media_time_;
    packet.marker = after_silence_;
    after_silence_ = false;
    media_time_ += ticks_per_frame_;
    return packet;
}

void OutboundAudio::skip(std::uint64_t frames) {
    media_time_ += frames * ticks_per_frame_;
    after_silence_ = true;
}

void OutboundAudio::set_expected_loss(int percent) {
    if (opus_) {
        opus_->set_expected_loss(percent);
    }
}

ByteView OutboundAudio::encode_g711(const audio::Frame& frame) {
    // One sample of slack: the resampler may say that it could write one more.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled before it is read.
    std::array<std::int16_t, g711_samples + 2> samples;
    const std::size_t count = downsampler_->process(frame.samples, samples);
    const auto codes = std::span(payload_).first(count);
    if (codec_ == sdp::AudioCodec::pcmu) {
        audio::encode_pcmu(std::span(samples).first(count), codes);
    } else {
        audio::encode_pcma(std::span(samples).first(count), codes);
    }
    return codes;
}

}  // namespace studio::audio_path
