#include "audio/opus_codec.hpp"

#include <opus/opus.h>

#include <algorithm>

#include "base/check.hpp"

namespace studio::audio {

namespace {

// A hostile packet cannot be longer than what UDP carries, but its size is an int to the library.
constexpr std::size_t packet_bytes_limit = 65'535;
constexpr std::size_t smallest_step_samples = 40;

struct EncoderDeleter {
    void operator()(::OpusEncoder* encoder) const { opus_encoder_destroy(encoder); }
};

struct DecoderDeleter {
    void operator()(::OpusDecoder* decoder) const { opus_decoder_destroy(decoder); }
};

void check_concealed_size(std::size_t samples) {
    STUDIO_CHECK(samples > 0 && samples <= opus_packet_samples_max,
                 "a concealed stretch is as long as a packet can be");
    STUDIO_CHECK(samples % smallest_step_samples == 0,
                 "a concealed stretch is made of whole 2.5 ms steps");
}

}  // namespace

struct OpusEncoder::Implementation {
    std::unique_ptr<::OpusEncoder, EncoderDeleter> encoder;
};

OpusEncoder::OpusEncoder(const OpusEncoderOptions& options)
    : implementation_(std::make_unique<Implementation>()) {
    int error = OPUS_OK;
    ::OpusEncoder* encoder = opus_encoder_create(sample_rate_hz, 1, OPUS_APPLICATION_VOIP, &error);
    STUDIO_CHECK(encoder != nullptr && error == OPUS_OK, "an Opus encoder can be made");
    implementation_->encoder.reset(encoder);
    error |= opus_encoder_ctl(encoder, OPUS_SET_BITRATE(options.bitrate_bps));
    error |= opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(options.complexity));
    error |= opus_encoder_ctl(encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
    error |=
        opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(options.forward_error_correction ? 1 : 0));
    error |= opus_encoder_ctl(encoder, OPUS_SET_DTX(0));
    STUDIO_CHECK(error == OPUS_OK, "the Opus encoder's options are within their ranges");
    set_expected_loss(options.expected_loss_percent);
}

OpusEncoder::~OpusEncoder() = default;
OpusEncoder::OpusEncoder(OpusEncoder&&) noexcept = default;
OpusEncoder& OpusEncoder::operator=(OpusEncoder&&) noexcept = default;

ByteView OpusEncoder::encode(const Frame& frame, std::span<std::uint8_t> target) {
    STUDIO_CHECK(target.size() >= opus_packet_bytes_max, "the target holds the longest packet");
    const int size = opus_encode(implementation_->encoder.get(), frame.samples.data(),
                                 static_cast<int>(frame_samples), target.data(),
                                 static_cast<opus_int32>(opus_packet_bytes_max));
    STUDIO_CHECK(size > 0, "a frame of PCM can always be encoded");
    return ByteView(target).first(static_cast<std::size_t>(size));
}

void OpusEncoder::set_expected_loss(int percent) {
    const int error = opus_encoder_ctl(implementation_->encoder.get(),
                                       OPUS_SET_PACKET_LOSS_PERC(std::clamp(percent, 0, 100)));
    STUDIO_CHECK(error == OPUS_OK, "a percentage is a valid expected loss");
}

struct OpusDecoder::Implementation {
    std::unique_ptr<::OpusDecoder, DecoderDeleter> decoder;
};

OpusDecoder::OpusDecoder() : implementation_(std::make_unique<Implementation>()) {
    int error = OPUS_OK;
    implementation_->decoder.reset(opus_decoder_create(sample_rate_hz, 1, &error));
    STUDIO_CHECK(implementation_->decoder != nullptr && error == OPUS_OK,
                 "an Opus decoder can be made");
}

OpusDecoder::~OpusDecoder() = default;
OpusDecoder::OpusDecoder(OpusDecoder&&) noexcept = default;
OpusDecoder& OpusDecoder::operator=(OpusDecoder&&) noexcept = default;

Result<std::size_t, OpusError> OpusDecoder::decode(ByteView packet,
                                                   std::span<std::int16_t> target) {
    STUDIO_CHECK(target.size() >= opus_packet_samples_max, "the target holds the longest packet");
    // The library takes no bytes as "lost", which is not what the sender of an empty packet said.
    if (packet.empty() || packet.size() > packet_bytes_limit) {
        return fail(OpusError::malformed);
    }
    const int samples = opus_decode(implementation_->decoder.get(), packet.data(),
                                    static_cast<opus_int32>(packet.size()), target.data(),
                                    static_cast<int>(opus_packet_samples_max), 0);
    if (samples <= 0) {
        return fail(OpusError::malformed);
    }
    return static_cast<std::size_t>(samples);
}

void OpusDecoder::conceal(std::span<std::int16_t> target) {
    check_concealed_size(target.size());
    const int samples = opus_decode(implementation_->decoder.get(), nullptr, 0, target.data(),
                                    static_cast<int>(target.size()), 0);
    if (samples < 0 || static_cast<std::size_t>(samples) != target.size()) {
        std::fill(target.begin(), target.end(), std::int16_t{0});
    }
}

void OpusDecoder::decode_fec(ByteView next_packet, std::span<std::int16_t> target) {
    check_concealed_size(target.size());
    if (next_packet.empty() || next_packet.size() > packet_bytes_limit) {
        conceal(target);
        return;
    }
    const int samples = opus_decode(implementation_->decoder.get(), next_packet.data(),
                                    static_cast<opus_int32>(next_packet.size()), target.data(),
                                    static_cast<int>(target.size()), 1);
    if (samples < 0 || static_cast<std::size_t>(samples) != target.size()) {
        conceal(target);
    }
}

std::optional<std::uint32_t> opus_packet_ticks(ByteView packet) {
    constexpr int clock_rate_hz = 48'000;
    constexpr int ticks_max = 5'760;
    if (packet.empty() || packet.size() > packet_bytes_limit) {
        return std::nullopt;
    }
    const int ticks = opus_packet_get_nb_samples(
        packet.data(), static_cast<opus_int32>(packet.size()), clock_rate_hz);
    if (ticks <= 0 || ticks > ticks_max) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(ticks);
}

}  // namespace studio::audio
