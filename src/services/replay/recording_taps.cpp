#include <array>
#include <utility>

#include "services/replay/event_json.hpp"
#include "services/replay/internal/recording_taps.hpp"

namespace studio::services {

namespace {

/// One stream; what was written for an utterance is told when it is finished.
class TappedStream final : public SpeechStream {
public:
    TappedStream(CallRecorder& recorder, std::unique_ptr<SpeechStream> inner)
        : recorder_(recorder), inner_(std::move(inner)) {}

    void write(std::uint32_t utterance, const audio::Frame& frame) override {
        hash_.add(frame.samples);
        ++frames_;
        inner_->write(utterance, frame);
    }

    void finish_utterance(std::uint32_t utterance) override {
        recorder_.write(
            ">utterance",
            JsonObject{{"utterance", utterance}, {"frames", frames_}, {"hash", hash_.text()}});
        inner_->finish_utterance(utterance);
    }

private:
    CallRecorder& recorder_;
    std::unique_ptr<SpeechStream> inner_;
    SampleHash hash_;
    std::uint64_t frames_ = 0;
};

}  // namespace

void SampleHash::add(std::span<const std::int16_t> samples) {
    for (const std::int16_t sample : samples) {
        value_ = (value_ ^ static_cast<std::uint16_t>(sample)) * 1099511628211ULL;
    }
}

std::string SampleHash::text() const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (unsigned shift = 64; shift > 0; shift -= 4) {
        text += digits[(value_ >> (shift - 4)) & 15U];
    }
    return text;
}

std::vector<OptionError> TappedSpeechToText::validate(const SpeechToTextOptions& options) const {
    return inner_.validate(options);
}

std::unique_ptr<SpeechStream> TappedSpeechToText::open(const SpeechToTextOptions& options,
                                                       SpeechListener& listener) {
    recorder_.write(">listen",
                    JsonObject{{"language", options.language}, {"model", options.model}});
    return std::make_unique<TappedStream>(recorder_, inner_.open(options, listener));
}

std::vector<OptionError> TappedLanguageModel::validate(const Json& options) const {
    return inner_.validate(options);
}

std::unique_ptr<ModelAnswer> TappedLanguageModel::ask(ModelRequest request,
                                                      ModelListener& listener) {
    recorder_.write(">ask", to_json(request));
    return inner_.ask(std::move(request), listener);
}

std::vector<OptionError> TappedTextToSpeech::validate(const SynthesisRequest& request) const {
    return inner_.validate(request);
}

std::unique_ptr<Synthesis> TappedTextToSpeech::speak(SynthesisRequest request,
                                                     SynthesisListener& listener) {
    recorder_.write(kind_, JsonObject{{"text", request.text}, {"voice", request.voice}});
    return inner_.speak(std::move(request), listener);
}

std::unique_ptr<HttpExchange> TappedHttpClient::send(HttpRequest request, Done done) {
    JsonArray headers;
    for (const auto& [name, value] : request.headers) {
        headers.push_back(JsonArray{Json(name), Json(value)});
    }
    recorder_.write(">http", JsonObject{{"method", request.method},
                                        {"url", request.url},
                                        {"headers", std::move(headers)},
                                        {"body", request.body}});
    return inner_.send(std::move(request), std::move(done));
}

void TappedMedia::start(CallMediaListener& listener) {
    recorder_.write(">media_start", nullptr);
    listener_ = &listener;
    inner_->start(*this);
}

void TappedMedia::send_message(std::string_view text) {
    recorder_.write(">message", Json(text));
    inner_->send_message(text);
}

void TappedMedia::close() {
    recorder_.write(">media_close", nullptr);
    inner_->close();
}

/// The figures come from outside, so they are an input.
MediaStats TappedMedia::stats() const {
    const MediaStats stats = inner_->stats();
    recorder_.write("stats", JsonObject{{"packets_lost", stats.packets_lost},
                                        {"frames_late", stats.frames_late}});
    return stats;
}

void TappedMedia::on_media_event(const MediaEvent& event) {
    listener_->on_media_event(event);
}

bool TappedMedia::on_media_frame(const InboundFrame& inbound, audio::Frame& outbound, Instant now) {
    const bool spoke = listener_->on_media_frame(inbound, outbound, now);
    if (spoke) {
        SampleHash hash;
        hash.add(outbound.samples);
        recorder_.write(">frame", Json(hash.text()));
    }
    return spoke;
}

void TappedObserver::on_call_status(const core::CallRecord& record) {
    recorder_.write(">status", outcome_json(record));
    inner_.on_call_status(record);
}

void TappedObserver::on_transcript(const core::CallRecord& record,
                                   const core::TranscriptEntry& entry) {
    recorder_.write(">entry", entry_json(entry));
    inner_.on_transcript(record, entry);
}

void TappedObserver::on_call_closing(const core::CallRecord& record, std::function<void()> stored) {
    recorder_.write(">closing", outcome_json(record));
    inner_.on_call_closing(record,
                           [this, alive = std::weak_ptr<bool>(alive_), stored = std::move(stored)] {
                               if (!alive.expired()) {
                                   recorder_.write("stored", nullptr);
                                   stored();
                               }
                           });
}

void TappedObserver::on_call_ended(const core::CallRecord& record) {
    recorder_.write(">ended", outcome_json(record));
    recorder_.flush();
    inner_.on_call_ended(record);
}

}  // namespace studio::services
