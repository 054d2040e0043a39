#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "services/replay/call_recorder.hpp"

namespace studio::services {

/// FNV-1a over samples: what was said or written is compared, not kept.
class SampleHash {
public:
    void add(std::span<const std::int16_t> samples);
    /// 16 hexadecimal digits.
    [[nodiscard]] std::string text() const;

private:
    std::uint64_t value_ = 14695981039346656037ULL;
};

/// Each passes everything on and writes down what the session does.
class TappedSpeechToText final : public SpeechToText {
public:
    TappedSpeechToText(CallRecorder& recorder, SpeechToText& inner)
        : recorder_(recorder), inner_(inner) {}
    [[nodiscard]] std::vector<OptionError> validate(
        const SpeechToTextOptions& options) const override;
    [[nodiscard]] std::unique_ptr<SpeechStream> open(const SpeechToTextOptions& options,
                                                     SpeechListener& listener) override;

private:
    CallRecorder& recorder_;
    SpeechToText& inner_;
};

class TappedLanguageModel final : public LanguageModel {
public:
    TappedLanguageModel(CallRecorder& recorder, LanguageModel& inner)
        : recorder_(recorder), inner_(inner) {}
    [[nodiscard]] std::vector<OptionError> validate(const Json& options) const override;
    [[nodiscard]] std::unique_ptr<ModelAnswer> ask(ModelRequest request,
                                                   ModelListener& listener) override;

private:
    CallRecorder& recorder_;
    LanguageModel& inner_;
};

class TappedTextToSpeech final : public TextToSpeech {
public:
    /// `kind` tells the spare voice from the agent's.
    TappedTextToSpeech(CallRecorder& recorder, TextToSpeech& inner, const char* kind)
        : recorder_(recorder), inner_(inner), kind_(kind) {}
    [[nodiscard]] std::vector<OptionError> validate(const SynthesisRequest& request) const override;
    [[nodiscard]] std::unique_ptr<Synthesis> speak(SynthesisRequest request,
                                                   SynthesisListener& listener) override;

private:
    CallRecorder& recorder_;
    TextToSpeech& inner_;
    const char* kind_;
};

class TappedHttpClient final : public HttpClient {
public:
    TappedHttpClient(CallRecorder& recorder, HttpClient& inner)
        : recorder_(recorder), inner_(inner) {}
    [[nodiscard]] std::unique_ptr<HttpExchange> send(HttpRequest request, Done done) override;

private:
    CallRecorder& recorder_;
    HttpClient& inner_;
};

class TappedMedia final : public CallMedia, private CallMediaListener {
public:
    TappedMedia(CallRecorder& recorder, std::unique_ptr<CallMedia> inner)
        : recorder_(recorder), inner_(std::move(inner)) {}

    void start(CallMediaListener& listener) override;
    void send_message(std::string_view text) override;
    [[nodiscard]] CallRoom* room() override { return inner_->room(); }
    void close() override;
    [[nodiscard]] MediaStats stats() const override;

private:
    void on_media_participant(const MediaParticipant& participant) override {
        listener_->on_media_participant(participant);
    }
    void on_media_event(const MediaEvent& event) override;
    bool on_media_frame(const InboundFrame& inbound, audio::Frame& outbound, Instant now) override;

    CallRecorder& recorder_;
    CallMediaListener* listener_ = nullptr;
    std::unique_ptr<CallMedia> inner_;
};

class TappedObserver final : public CallObserver {
public:
    TappedObserver(CallRecorder& recorder, CallObserver& inner)
        : recorder_(recorder), inner_(inner) {}
    void on_call_status(const core::CallRecord& record) override;
    void on_transcript(const core::CallRecord& record, const core::TranscriptEntry& entry) override;
    void on_call_event(const core::CallRecord& record, std::string_view type,
                       const JsonObject& event) override {
        // It is in the messages to the caller, which are written down.
        inner_.on_call_event(record, type, event);
    }
    void on_call_closing(const core::CallRecord& record, std::function<void()> stored) override;
    void on_call_ended(const core::CallRecord& record) override;

private:
    CallRecorder& recorder_;
    CallObserver& inner_;
    /// Expires with the recorder: writes may end after the call was given up.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace studio::services
