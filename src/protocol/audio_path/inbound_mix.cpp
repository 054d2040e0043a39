#include "protocol/audio_path/inbound_mix.hpp"

#include <algorithm>
#include <limits>

namespace studio::audio_path {
namespace {

void add(audio::Frame& sum, const audio::Frame& frame) {
    for (std::size_t index = 0; index < sum.samples.size(); ++index) {
        const int sample = int{sum.samples[index]} + int{frame.samples[index]};
        sum.samples[index] = static_cast<std::int16_t>(
            std::clamp(sample, int{std::numeric_limits<std::int16_t>::min()},
                       int{std::numeric_limits<std::int16_t>::max()}));
    }
}

}  // namespace

InboundMix::InboundMix(const InboundMixOptions& options) : options_(options) {
    options_.sources_max = std::max<std::size_t>(1, options_.sources_max);
    sources_.reserve(options_.sources_max);
}

void InboundMix::push(std::uint32_t ssrc, const AudioPacket& packet) {
    if (Source* source = find(ssrc, packet)) {
        source->heard_at = packet.arrival;
        source->audio.push(packet);
    }
}

InboundMix::Source* InboundMix::find(std::uint32_t ssrc, const AudioPacket& packet) {
    const auto known = std::ranges::find(sources_, ssrc, &Source::ssrc);
    if (known != sources_.end()) {
        return &*known;
    }
    if (sources_.size() >= options_.sources_max) {
        const auto oldest = std::ranges::min_element(sources_, {}, &Source::heard_at);
        if (packet.arrival - oldest->heard_at < options_.silent_after) {
            return nullptr;
        }
        forget(oldest);
    }
    const sdp::AudioCodec codec = sources_.empty() ? options_.codec : packet.codec;
    return &sources_.emplace_back(
        Source{ssrc, packet.arrival, InboundAudio(codec, options_.jitter_buffer)});
}

void InboundMix::forget(std::vector<Source>::iterator source) {
    concealed_before_ += source->audio.frames_concealed();
    sources_.erase(source);
}

audio::VoiceFrame InboundMix::pop(Instant now) {
    audio::VoiceFrame mixed;
    for (Source& source : sources_) {
        const audio::VoiceFrame heard = source.audio.pop(now);
        if (heard.origin == audio::VoiceOrigin::silence) {
            continue;
        }
        if (heard.origin > mixed.origin) {
            mixed.captured_at = heard.captured_at;
        }
        mixed.origin = std::max(mixed.origin, heard.origin);
        add(mixed.frame, heard.frame);
    }
    if (sources_.size() > 1) {
        const auto oldest = std::ranges::min_element(sources_, {}, &Source::heard_at);
        if (now - oldest->heard_at > options_.forgotten_after) {
            forget(oldest);
        }
    }
    return mixed;
}

audio::JitterStats InboundMix::stats() const {
    return sources_.empty() ? audio::JitterStats{} : sources_.front().audio.stats();
}

std::uint64_t InboundMix::frames_concealed() const {
    std::uint64_t frames = concealed_before_;
    for (const Source& source : sources_) {
        frames += source.audio.frames_concealed();
    }
    return frames;
}

}  // namespace studio::audio_path
