#include "adapters/openai/openai_text_to_speech.hpp"

#include <algorithm>
#include <utility>

#include "adapters/openai/internal/openai_request.hpp"
#include "audio/frame.hpp"
#include "audio/resampler.hpp"

namespace studio::adapters {
namespace {

constexpr int openai_rate_hz = 24'000;

/// Rubbish instead of PCM would be noise in the caller's ear: what is plainly text is refused.
bool may_be_audio(std::string_view content_type) {
    return content_type.substr(0, 5) != "text/" && content_type != "application/json";
}

int rate_of(const Json& options) {
    const Json* rate = find_member(options, "sample_rate_hz");
    return rate != nullptr && rate->is_int64() ? static_cast<int>(rate->get_int64())
                                               : openai_rate_hz;
}

class OpenaiSynthesis final : public Synthesis, public HttpStreamListener {
public:
    OpenaiSynthesis(HttpStreamClient& http, HttpStreamRequest request, int rate_hz,
                    SynthesisListener& listener)
        : listener_(listener),
          resampler_({.source_rate_hz = rate_hz, .target_rate_hz = audio::sample_rate_hz}),
          exchange_(http.open(std::move(request), *this)) {}

    void on_http_head(int status, std::string_view content_type) override {
        status_ = status;
        is_audio_ = may_be_audio(content_type);
    }

    void on_http_body(std::string_view bytes) override {
        if (status_ != 200 || !is_audio_) {
            error_body_.append(
                bytes.substr(0, openai::error_body_bytes_max -
                                    std::min(openai::error_body_bytes_max, error_body_.size())));
            return;
        }
        source_.clear();
        for (const char byte : bytes) {
            const auto value = static_cast<unsigned char>(byte);
            if (std::exchange(has_low_byte_, !has_low_byte_)) {
                source_.push_back(static_cast<std::int16_t>(low_byte_ | (value << 8U)));
            } else {
                low_byte_ = value;
            }
        }
        if (source_.empty()) {
            return;
        }
        SynthesisAudio audio;
        audio.samples.resize(resampler_.target_samples_max(source_.size()));
        audio.samples.resize(resampler_.process(source_, audio.samples));
        has_audio_ = true;
        listener_.on_synthesis(audio);
    }

    void on_http_end(std::optional<HttpClientError> error) override {
        if (error) {
            listener_.on_synthesis(SynthesisFailed{openai::error_of_http(*error)});
        } else if (status_ != 200) {
            listener_.on_synthesis(SynthesisFailed{openai::error_of_status(status_, error_body_)});
        } else if (!has_audio_) {
            listener_.on_synthesis(
                SynthesisFailed{{ProviderErrorCode::malformed, "the response is no audio"}});
        } else {
            listener_.on_synthesis(SynthesisFinished{});
        }
    }

private:
    SynthesisListener& listener_;
    audio::Resampler resampler_;
    std::vector<std::int16_t> source_;
    std::string error_body_;
    int status_ = 0;
    bool is_audio_ = false;
    bool has_audio_ = false;
    bool has_low_byte_ = false;
    unsigned low_byte_ = 0;
    std::unique_ptr<HttpExchange> exchange_;
};

}  // namespace

OpenaiTextToSpeech::OpenaiTextToSpeech(HttpStreamClient& http, OpenaiOptions options)
    : http_(http), options_(std::move(options)) {}

std::vector<OptionError> OpenaiTextToSpeech::validate(const SynthesisRequest& request) const {
    using Kind = openai::OptionRule::Kind;
    return openai::check_options(request.options,
                                 {{"base_url", Kind::url, 0, 0},
                                  {"speed", Kind::number, 0.25, 4},
                                  {"instructions", Kind::text, 0, 0},
                                  {"sample_rate_hz", Kind::whole_number, 8'000, 48'000}});
}

std::unique_ptr<Synthesis> OpenaiTextToSpeech::speak(SynthesisRequest request,
                                                     SynthesisListener& listener) {
    JsonObject body{{"model", request.model.empty() ? options_.speech_model : request.model},
                    {"voice", request.voice.empty() ? options_.voice : request.voice},
                    {"input", request.text},
                    {"response_format", "pcm"}};
    for (const char* name : {"speed", "instructions"}) {
        if (const Json* value = find_member(request.options, name)) {
            body[name] = *value;
        }
    }
    HttpStreamRequest http_request =
        openai::make_request(options_, request.options, "/audio/speech", body);
    http_request.request.timeout = options_.synthesis_timeout;
    http_request.first_byte_timeout = request.timeout;
    const int rate_hz = std::clamp(rate_of(request.options), 8'000, 48'000);
    return std::make_unique<OpenaiSynthesis>(http_, std::move(http_request), rate_hz, listener);
}

}  // namespace studio::adapters
