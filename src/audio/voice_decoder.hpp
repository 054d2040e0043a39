#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audio/resampler.hpp"
#include "base/bytes.hpp"

namespace studio::audio {

/// What samples are that come without a header.
struct VoiceDecoderOptions {
    /// 8'000 to 48'000.
    int rate_hz = 24'000;
    /// 1 or 2.
    int channels = 1;
};

/// Makes of the audio that a synthesis server streams what the product plays: mono at 16 kHz. It
/// looks at the bytes, whatever the server calls them: WAV (RIFF, 16-bit PCM, 8 to 48 kHz, mono or
/// stereo; also with the sizes of zero or of everything that programs write which stream) and
/// samples without a header (16-bit little-endian). Everything else is refused by its name before
/// any of it is played: MP3 as samples is a scream. Pieces of any size. One owner.
///
///   handle(bytes) ──▶ what is it? ──┬─ header ─▶ samples ──▶ mono ──▶ 16 kHz ──▶ take()
///                                   └─ something else ──▶ error()
class VoiceDecoder {
public:
    /// Precondition: the options are within their ranges.
    explicit VoiceDecoder(VoiceDecoderOptions options = {}) : options_(options) {}

    void handle(ByteView bytes);
    /// No more bytes come.
    void handle_end();
    /// The samples that are ready, 16 kHz mono; call it after each handle().
    [[nodiscard]] std::vector<std::int16_t> take();
    /// Why the stream is no audio that we play, for operators: "the audio is MP3, …"; empty as long
    /// as all is well. Nothing more is decoded then.
    [[nodiscard]] const std::string& error() const { return error_; }

private:
    enum class State : std::uint8_t { judging, header, samples, rest, failed };

    void judge(bool is_whole);
    void read_header();
    void begin_samples(int rate_hz, int channels);
    void read_samples();
    void fail(std::string error);

    VoiceDecoderOptions options_;
    State state_ = State::judging;
    Bytes buffer_;
    /// What the header says is still to come; nothing where it does not say.
    std::optional<std::size_t> bytes_left_;
    std::size_t channels_ = 1;
    std::optional<Resampler> resampler_;
    std::vector<std::int16_t> mono_;
    std::vector<std::int16_t> ready_;
    std::string error_;
};

}  // namespace studio::audio
