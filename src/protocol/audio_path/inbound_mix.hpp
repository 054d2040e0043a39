#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "protocol/audio_path/inbound_audio.hpp"

namespace studio::audio_path {

struct InboundMixOptions {
    /// Of the first source; others may have another.
    sdp::AudioCodec codec = sdp::AudioCodec::opus;
    /// Sources heard at once, at least 1. Each has a decoder and a jitter buffer.
    std::size_t sources_max = 1;
    /// Where every place is taken, a new source takes over from one that is silent for so long: a
    /// caller who comes again by another connection.
    milliseconds silent_after{100};
    /// A source beside another that says nothing for so long gives its memory back.
    milliseconds forgotten_after{10'000};
    audio::JitterBufferOptions jitter_buffer{};
};

/// What one call hears of all who speak in it: RTP packets of any source in, 20 ms frames out, the
/// sources added up. One source costs what an InboundAudio costs. One owner.
///
///     push(ssrc, packet) -> InboundAudio of the source -> + -> pop(now)
class InboundMix {
public:
    explicit InboundMix(const InboundMixOptions& options);

    /// Hands in a packet of the source `ssrc`. Hostile: any number of sources.
    void push(std::uint32_t ssrc, const AudioPacket& packet);
    /// Call once every 20 ms. The origin is the most real of all sources, and the time that of the
    /// source it came from.
    [[nodiscard]] audio::VoiceFrame pop(Instant now);

    /// Of the source that was heard first; all zero before there is one.
    [[nodiscard]] audio::JitterStats stats() const;
    /// Since the start of the call, over all sources.
    [[nodiscard]] std::uint64_t frames_concealed() const;
    [[nodiscard]] std::size_t source_count() const { return sources_.size(); }

private:
    struct Source {
        std::uint32_t ssrc = 0;
        Instant heard_at{};
        InboundAudio audio;
    };

    [[nodiscard]] Source* find(std::uint32_t ssrc, const AudioPacket& packet);
    void forget(std::vector<Source>::iterator source);

    InboundMixOptions options_;
    std::vector<Source> sources_;
    std::uint64_t concealed_before_ = 0;
};

}  // namespace studio::audio_path
