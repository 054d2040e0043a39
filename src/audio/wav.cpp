#include "audio/wav.hpp"

#include <algorithm>

#include "audio/frame.hpp"
#include "audio/resampler.hpp"
#include "base/check.hpp"

namespace studio::audio {

namespace {

constexpr std::uint16_t format_pcm = 1;
constexpr std::uint16_t format_extensible = 0xFFFE;
constexpr std::size_t chunk_header_bytes = 8;
constexpr std::size_t format_bytes_min = 16;
/// Where the sub-format of WAVE_FORMAT_EXTENSIBLE starts: its first two bytes are a format tag.
constexpr std::size_t sub_format_offset = 24;

std::uint16_t little_u16(ByteView bytes, std::size_t offset) {
    return static_cast<std::uint16_t>(bytes[offset] | (bytes[offset + 1] << 8U));
}

std::uint32_t little_u32(ByteView bytes, std::size_t offset) {
    return little_u16(bytes, offset) |
           (static_cast<std::uint32_t>(little_u16(bytes, offset + 2)) << 16U);
}

void append_u16(Bytes& target, std::uint16_t value) {
    target.push_back(static_cast<std::uint8_t>(value & 0xFFU));
    target.push_back(static_cast<std::uint8_t>(value >> 8U));
}

void append_u32(Bytes& target, std::uint32_t value) {
    append_u16(target, static_cast<std::uint16_t>(value & 0xFFFFU));
    append_u16(target, static_cast<std::uint16_t>(value >> 16U));
}

void append_tag(Bytes& target, std::string_view tag) {
    target.insert(target.end(), tag.begin(), tag.end());
}

Result<Recording, WavError> parse_format(ByteView chunk) {
    if (chunk.size() < format_bytes_min) {
        return fail(WavError::malformed);
    }
    std::uint16_t format = little_u16(chunk, 0);
    if (format == format_extensible && chunk.size() >= sub_format_offset + 2) {
        format = little_u16(chunk, sub_format_offset);
    }
    const int channels = little_u16(chunk, 2);
    const std::uint32_t rate = little_u32(chunk, 4);
    if (format != format_pcm || little_u16(chunk, 14) != 16 || channels < 1 || channels > 8 ||
        rate < 4'000 || rate > 192'000) {
        return fail(WavError::unsupported);
    }
    return Recording{.rate_hz = static_cast<int>(rate), .channels = channels, .samples = {}};
}

Result<Recording, WavError> with_samples(Recording recording, ByteView data) {
    const auto frame_bytes = static_cast<std::size_t>(recording.channels) * 2;
    const std::size_t count = data.size() / frame_bytes * frame_bytes / 2;
    if (count > wav_samples_max) {
        return fail(WavError::too_long);
    }
    recording.samples.resize(count);
    for (std::size_t index = 0; index < count; ++index) {
        recording.samples[index] = static_cast<std::int16_t>(little_u16(data, index * 2));
    }
    return recording;
}

}  // namespace

Result<Recording, WavError> parse_wav(ByteView bytes) {
    if (bytes.size() < 12 || text_of(bytes.first(4)) != "RIFF" ||
        text_of(bytes.subspan(8, 4)) != "WAVE") {
        return fail(WavError::malformed);
    }
    ByteView rest = bytes.subspan(12);
    Result<Recording, WavError> recording = fail(WavError::malformed);
    while (rest.size() >= chunk_header_bytes) {
        const std::string_view tag = text_of(rest.first(4));
        const std::size_t stated = little_u32(rest, 4);
        rest = rest.subspan(chunk_header_bytes);
        const std::size_t size = std::min(stated, rest.size());
        if (tag == "fmt ") {
            recording = parse_format(rest.first(size));
            if (!recording) {
                return recording;
            }
        } else if (tag == "data") {
            return recording ? with_samples(*std::move(recording), rest.first(size)) : recording;
        }
        // Chunks are padded to an even size.
        rest = rest.subspan(std::min(size + (size & 1U), rest.size()));
    }
    return fail(WavError::malformed);
}

Bytes serialize_wav(const Recording& recording) {
    STUDIO_CHECK(recording.samples.size() <= wav_samples_max, "a recording fits into a WAVE file");
    const auto data_bytes = static_cast<std::uint32_t>(recording.samples.size() * 2);
    const auto frame_bytes = static_cast<std::uint16_t>(recording.channels * 2);
    const auto rate = static_cast<std::uint32_t>(recording.rate_hz);
    Bytes target;
    target.reserve(44 + data_bytes);
    append_tag(target, "RIFF");
    append_u32(target, 36 + data_bytes);
    append_tag(target, "WAVEfmt ");
    append_u32(target, format_bytes_min);
    append_u16(target, format_pcm);
    append_u16(target, static_cast<std::uint16_t>(recording.channels));
    append_u32(target, rate);
    append_u32(target, rate * frame_bytes);
    append_u16(target, frame_bytes);
    append_u16(target, 16);
    append_tag(target, "data");
    append_u32(target, data_bytes);
    for (const std::int16_t sample : recording.samples) {
        append_u16(target, static_cast<std::uint16_t>(sample));
    }
    return target;
}

std::vector<std::int16_t> to_voice(const Recording& recording) {
    const auto channels = static_cast<std::size_t>(recording.channels);
    std::vector<std::int16_t> mono(recording.samples.size() / channels);
    for (std::size_t index = 0; index < mono.size(); ++index) {
        int sum = 0;
        for (std::size_t channel = 0; channel < channels; ++channel) {
            sum += recording.samples[index * channels + channel];
        }
        mono[index] = static_cast<std::int16_t>(sum / recording.channels);
    }
    // Once per recording, so that a good filter costs nothing that anybody notices.
    return resample_all(
        mono,
        {.source_rate_hz = recording.rate_hz, .target_rate_hz = sample_rate_hz, .quality = 6});
}

const char* describe(WavError error) {
    switch (error) {
        case WavError::malformed:
            return "not a WAVE file, or cut off";
        case WavError::unsupported:
            return "not 16-bit PCM with 1 to 8 channels at 4 to 192 kHz";
        case WavError::too_long:
            return "longer than an hour at 16 kHz";
    }
    return "unknown";
}

}  // namespace studio::audio
