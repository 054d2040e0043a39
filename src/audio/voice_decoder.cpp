#include "audio/voice_decoder.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "audio/frame.hpp"
#include "audio/internal/audio_format.hpp"
#include "audio/wav.hpp"

namespace studio::audio {
namespace {

/// A header with pictures and comments in it; speech has none.
constexpr std::size_t header_bytes_max = 64U * 1024U;
constexpr std::size_t riff_header_bytes = 12;
constexpr std::size_t chunk_header_bytes = 8;
constexpr int rate_hz_min = 8'000;
constexpr int rate_hz_max = 48'000;

std::size_t little_u32(ByteView bytes, std::size_t offset) {
    return static_cast<std::size_t>(bytes[offset]) |
           (static_cast<std::size_t>(bytes[offset + 1]) << 8U) |
           (static_cast<std::size_t>(bytes[offset + 2]) << 16U) |
           (static_cast<std::size_t>(bytes[offset + 3]) << 24U);
}

/// Where the samples begin, past the header of their chunk; nothing where that has not come yet.
std::optional<std::size_t> find_samples(ByteView wav) {
    for (std::size_t offset = riff_header_bytes; offset + chunk_header_bytes <= wav.size();) {
        const std::size_t size = little_u32(wav, offset + 4);
        if (text_of(wav.subspan(offset, 4)) == "data") {
            return offset + chunk_header_bytes;
        }
        offset += chunk_header_bytes + size + (size & 1U);
    }
    return std::nullopt;
}

}  // namespace

void VoiceDecoder::handle(ByteView bytes) {
    if (state_ == State::failed || state_ == State::rest) {
        return;
    }
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    if (state_ == State::judging) {
        judge(false);
    }
    if (state_ == State::header) {
        read_header();
    }
    if (state_ == State::samples) {
        read_samples();
    }
}

void VoiceDecoder::handle_end() {
    if (state_ == State::judging && !buffer_.empty()) {
        judge(true);
    }
    if (state_ == State::header) {
        fail("the audio is a WAV that ends within its header");
    } else if (state_ == State::samples) {
        read_samples();
        if (!buffer_.empty()) {
            fail("the audio ends within a sample: it is not 16-bit PCM");
        }
    }
}

std::vector<std::int16_t> VoiceDecoder::take() {
    return std::exchange(ready_, {});
}

void VoiceDecoder::judge(bool is_whole) {
    const auto format = internal::find_audio_format(buffer_, is_whole);
    if (!format) {
        return;
    }
    if (*format == internal::AudioFormat::wav) {
        state_ = State::header;
    } else if (*format == internal::AudioFormat::raw) {
        begin_samples(options_.rate_hz, options_.channels);
    } else {
        fail(std::string("the audio is ") + internal::name_of(*format) +
             "; what is played is WAV and 16-bit PCM");
    }
}

void VoiceDecoder::read_header() {
    const auto begin = find_samples(buffer_);
    if (!begin) {
        if (buffer_.size() > header_bytes_max) {
            fail("the audio is a WAV without samples");
        }
        return;
    }
    const auto head = parse_wav(ByteView(buffer_).first(*begin));
    if (!head) {
        fail(std::string("the audio is a WAV, but ") + describe(head.error()));
        return;
    }
    if (head->rate_hz < rate_hz_min || head->rate_hz > rate_hz_max || head->channels > 2) {
        fail("the audio is a WAV of " + std::to_string(head->rate_hz) + " Hz with " +
             std::to_string(head->channels) +
             " channels; what is played is 8000 to 48000 Hz with one or two");
        return;
    }
    // Who streams does not know the size yet, and writes nothing or all that there can be.
    constexpr std::size_t unknown = 0x7FFF'0000;
    const std::size_t stated = little_u32(buffer_, *begin - 4);
    if (stated != 0 && stated < unknown) {
        bytes_left_ = stated;
    }
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(*begin));
    begin_samples(head->rate_hz, head->channels);
}

void VoiceDecoder::begin_samples(int rate_hz, int channels) {
    state_ = State::samples;
    channels_ = static_cast<std::size_t>(channels);
    if (rate_hz != sample_rate_hz) {
        resampler_.emplace(
            ResamplerOptions{.source_rate_hz = rate_hz, .target_rate_hz = sample_rate_hz});
    }
    read_samples();
}

void VoiceDecoder::read_samples() {
    const std::size_t frame_bytes = channels_ * 2;
    const std::size_t wanted = std::min(buffer_.size(), bytes_left_.value_or(buffer_.size()));
    const std::size_t count = wanted / frame_bytes;
    mono_.resize(count);
    for (std::size_t index = 0; index < count; ++index) {
        int sum = 0;
        for (std::size_t channel = 0; channel < channels_; ++channel) {
            const std::size_t at = index * frame_bytes + channel * 2;
            sum += static_cast<std::int16_t>(buffer_[at] | (buffer_[at + 1] << 8U));
        }
        mono_[index] = static_cast<std::int16_t>(sum / static_cast<int>(channels_));
    }
    buffer_.erase(buffer_.begin(),
                  buffer_.begin() + static_cast<std::ptrdiff_t>(count * frame_bytes));
    if (bytes_left_) {
        *bytes_left_ -= count * frame_bytes;
        if (*bytes_left_ < frame_bytes) {
            state_ = State::rest;  // Other chunks follow the samples, which are no sound.
            buffer_.clear();
        }
    }
    if (count == 0) {
        return;
    }
    if (!resampler_) {
        ready_.insert(ready_.end(), mono_.begin(), mono_.end());
        return;
    }
    const std::size_t before = ready_.size();
    ready_.resize(before + resampler_->target_samples_max(count));
    const std::size_t written = resampler_->process(mono_, std::span(ready_).subspan(before));
    ready_.resize(before + written);
}

void VoiceDecoder::fail(std::string error) {
    state_ = State::failed;
    error_ = std::move(error);
    buffer_.clear();
}

}  // namespace studio::audio
