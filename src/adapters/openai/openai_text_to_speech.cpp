#include "adapters/openai/openai_text_to_speech.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include "adapters/openai/internal/openai_request.hpp"
#include "audio/voice_decoder.hpp"
#include "base/bytes.hpp"

namespace studio::adapters {
namespace {

constexpr int openai_rate_hz = 24'000;

/// Rubbish instead of PCM would be noise in the caller's ear: what is plainly text is refused.
bool may_be_audio(std::string_view content_type) {
    return content_type.substr(0, 5) != "text/" && content_type != "application/json";
}

/// As the agent says it, else zero.
int rate_of(const Json& options) {
    const Json* rate = find_member(options, "sample_rate_hz");
    return rate != nullptr && rate->is_int64() ? static_cast<int>(rate->get_int64()) : 0;
}

/// `name=` of a content type's parameters (`audio/l16; rate=22050; channels=2`); zero for none.
int parameter_of(std::string_view parameters, std::string_view name) {
    const std::size_t begin = parameters.find(std::string(name) + '=');
    if (begin == std::string_view::npos) {
        return 0;
    }
    const std::string_view value = parameters.substr(begin + name.size() + 1);
    int number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return number;
}

class OpenaiSynthesis final : public Synthesis, public HttpStreamListener {
public:
    OpenaiSynthesis(HttpStreamClient& http, HttpStreamRequest request, int rate_hz,
                    SynthesisListener& listener)
        : listener_(listener), rate_hz_(rate_hz), exchange_(http.open(std::move(request), *this)) {}

    void on_http_head(const HttpHead& head) override {
        head_ = head;
        is_audio_ = may_be_audio(head.content_type);
        const int stated = parameter_of(head.content_parameters, "rate");
        const int rate_hz = rate_hz_ != 0 ? rate_hz_ : stated != 0 ? stated : openai_rate_hz;
        decoder_ = audio::VoiceDecoder(
            {.rate_hz = std::clamp(rate_hz, 8'000, 48'000),
             .channels = parameter_of(head.content_parameters, "channels") == 2 ? 2 : 1});
    }

    void on_http_body(std::string_view bytes) override {
        if (head_.status != 200 || !is_audio_) {
            error_body_.append(
                bytes.substr(0, openai::error_body_bytes_max -
                                    std::min(openai::error_body_bytes_max, error_body_.size())));
            return;
        }
        decoder_.handle(bytes_of(bytes));
        tell_audio();
    }

    void on_http_end(std::optional<HttpClientError> error) override {
        if (is_over_) {
            return;
        }
        if (error) {
            listener_.on_synthesis(SynthesisFailed{openai::error_of_http(*error)});
        } else if (head_.status != 200) {
            listener_.on_synthesis(SynthesisFailed{openai::error_of_response(head_, error_body_)});
        } else if (!is_audio_) {
            fail("the response is no audio but " + head_.content_type);
        } else {
            end_audio();
        }
    }

private:
    /// False where the listener was told the last event, or destroyed this object.
    bool tell_audio() {
        SynthesisAudio audio{decoder_.take()};
        const std::string error = decoder_.error();
        const std::weak_ptr<bool> alive = alive_;
        if (!audio.samples.empty()) {
            has_audio_ = true;
            listener_.on_synthesis(audio);
        }
        if (!alive.expired() && !error.empty()) {
            fail(error);
            return false;
        }
        return !alive.expired();
    }

    void end_audio() {
        decoder_.handle_end();
        if (!tell_audio()) {
            return;
        }
        if (has_audio_) {
            listener_.on_synthesis(SynthesisFinished{});
        } else {
            fail("the response holds no audio");
        }
    }

    /// The last event; nothing that follows in the body is looked at.
    void fail(std::string message) {
        if (!std::exchange(is_over_, true)) {
            listener_.on_synthesis(
                SynthesisFailed{{ProviderErrorCode::malformed, std::move(message), {}}});
        }
    }

    SynthesisListener& listener_;
    int rate_hz_;
    HttpHead head_;
    audio::VoiceDecoder decoder_;
    std::string error_body_;
    bool is_audio_ = false;
    bool has_audio_ = false;
    bool is_over_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
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
    return std::make_unique<OpenaiSynthesis>(http_, std::move(http_request),
                                             rate_of(request.options), listener);
}

}  // namespace studio::adapters
