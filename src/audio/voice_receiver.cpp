#include "audio/voice_receiver.hpp"

#include <algorithm>

#include "audio/g711.hpp"
#include "audio/level.hpp"

namespace studio::audio {

namespace {

/// Below this nobody hears that a frame was left out or put in.
constexpr double quiet_dbfs = -55.0;
/// Pauses are this much below the loudest of the last seconds; words are not.
constexpr double pause_below_loud_db = 30.0;
/// 0.05 dB a frame, 2.5 dB/s: how fast the memory of the loudest fades.
constexpr double loud_fade_db = 0.05;
/// Each repetition of the last frame is 4.4 dB weaker: gone in about 100 ms, as Opus does it.
constexpr float repeat_gain = 0.6F;

JitterBufferOptions with_clock(JitterBufferOptions options, VoiceCodec codec) {
    options.delay.clock_rate_hz = clock_rate_of(codec);
    return options;
}

}  // namespace

VoiceReceiver::VoiceReceiver(VoiceCodec codec, JitterBufferOptions options)
    : codec_(codec), jitter_buffer_(with_clock(options, codec)), loud_dbfs_(silence_dbfs) {
    if (codec == VoiceCodec::opus) {
        opus_.emplace();
    } else {
        upsampler_.emplace(
            ResamplerOptions{.source_rate_hz = 8'000, .target_rate_hz = sample_rate_hz});
    }
}

std::optional<std::uint32_t> VoiceReceiver::ticks_of(ByteView payload) const {
    if (codec_ == VoiceCodec::opus) {
        return opus_packet_ticks(payload);
    }
    if (payload.empty() || payload.size() > g711_bytes_max) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(payload.size());
}

JitterPush VoiceReceiver::push(const VoicePacket& packet) {
    // A packet of no readable duration has none, which the jitter buffer refuses and counts.
    return jitter_buffer_.push({.sequence = packet.sequence,
                                .timestamp = packet.timestamp,
                                .ticks = ticks_of(packet.payload).value_or(0),
                                .payload = packet.payload,
                                .arrival = packet.arrival});
}

VoiceFrame VoiceReceiver::pop(Instant now) {
    VoiceFrame voice;
    voice.origin = pending_count_ > 0 ? pending_origin_ : VoiceOrigin::silence;
    // Ends: each step of the jitter buffer gives at least one sample.
    while (pending_count_ < frame_samples) {
        const JitterOutput output = jitter_buffer_.pop(now, quiet_);
        pending_origin_ = produce(output);
        pending_captured_at_ = output.captured_at;
        voice.origin = std::max(voice.origin, pending_origin_);
    }
    const auto begin = pending_.begin();
    std::copy_n(begin, frame_samples, voice.frame.samples.begin());
    std::copy(begin + frame_samples, begin + static_cast<std::ptrdiff_t>(pending_count_), begin);
    pending_count_ -= frame_samples;
    voice.captured_at = pending_captured_at_ - nanoseconds(std::chrono::seconds(1)) *
                                                   static_cast<std::int64_t>(pending_count_) /
                                                   sample_rate_hz;
    frames_concealed_ += voice.origin == VoiceOrigin::concealed ? 1 : 0;
    hear(voice.frame);
    return voice;
}

VoiceOrigin VoiceReceiver::produce(const JitterOutput& output) {
    const std::span<std::int16_t> room = std::span(pending_).subspan(pending_count_);
    // At 8 kHz every tick is two samples, at 48 kHz a third of one; durations are whole samples.
    const std::size_t wanted = std::clamp<std::size_t>(
        std::size_t{output.ticks} * sample_rate_hz / clock_rate_of(codec_), 1, piece_samples_max);
    const std::span<std::int16_t> target = room.first(wanted);
    switch (output.step) {
        case JitterStep::packet: {
            const std::size_t count = decode(output.payload, room);
            if (count > 0) {
                pending_count_ += count;
                return VoiceOrigin::received;
            }
            conceal(target);
            break;
        }
        case JitterStep::lost:
            if (opus_) {
                opus_->decode_fec(output.payload, target);
            } else {
                conceal(target);
            }
            break;
        case JitterStep::conceal:
            conceal(target);
            break;
        case JitterStep::silence:
            std::fill(target.begin(), target.end(), std::int16_t{0});
            pending_count_ += wanted;
            return VoiceOrigin::silence;
    }
    pending_count_ += wanted;
    return VoiceOrigin::concealed;
}

std::size_t VoiceReceiver::decode(ByteView payload, std::span<std::int16_t> target) {
    if (opus_) {
        return opus_->decode(payload, target).value_or(0);
    }
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): the decoder fills what is read.
    std::array<std::int16_t, g711_bytes_max> narrow;
    const std::span<std::int16_t> samples = std::span(narrow).first(payload.size());
    if (codec_ == VoiceCodec::pcmu) {
        decode_pcmu(payload, samples);
    } else {
        decode_pcma(payload, samples);
    }
    return upsampler_->process(samples, target);
}

void VoiceReceiver::conceal(std::span<std::int16_t> target) {
    if (opus_) {
        opus_->conceal(target);
        return;
    }
    for (std::size_t index = 0; index < target.size(); ++index) {
        const auto sample = static_cast<float>(last_frame_.samples[index % frame_samples]);
        target[index] = static_cast<std::int16_t>(sample * repeat_gain);
    }
}

void VoiceReceiver::hear(const Frame& frame) {
    last_frame_ = frame;
    const double level = level_dbfs(frame.samples);
    loud_dbfs_ = std::max(level, loud_dbfs_ - loud_fade_db);
    quiet_ = level < quiet_dbfs || level < loud_dbfs_ - pause_below_loud_db;
}

}  // namespace studio::audio
