#pragma once

#include <memory>
#include <vector>

#include "adapters/openai/openai_options.hpp"
#include "ports/http_stream.hpp"
#include "ports/text_to_speech.hpp"

namespace studio::adapters {

/// A voice behind `POST {base_url}/audio/speech` with `response_format: pcm` (OpenAI API reference,
/// "Audio"): 24 kHz 16-bit little-endian mono, which is resampled to 16 kHz as it comes. Servers
/// that send WAV, another rate (by header or content type) or stereo instead are understood; other
/// formats end as SynthesisFailed{malformed} that names them, before any of it is played
/// (audio::VoiceDecoder). Loop thread only.
///
/// `tts.options`: `base_url` (text), `speed` (0.25..4), `instructions` (text),
/// `sample_rate_hz` (8000..48000, for servers with another rate than 24000).
class OpenaiTextToSpeech final : public TextToSpeech {
public:
    /// `http` outlives the voice.
    OpenaiTextToSpeech(HttpStreamClient& http, OpenaiOptions options);

    [[nodiscard]] std::vector<OptionError> validate(const SynthesisRequest& request) const override;
    [[nodiscard]] std::unique_ptr<Synthesis> speak(SynthesisRequest request,
                                                   SynthesisListener& listener) override;

private:
    HttpStreamClient& http_;
    OpenaiOptions options_;
};

}  // namespace studio::adapters
