#include "services/replay/call_recorder.hpp"

#include <deque>
#include <optional>
#include <utility>

#include "services/replay/event_json.hpp"
#include "services/replay/internal/recording_taps.hpp"

namespace studio::services {

namespace {

JsonObject numbered(std::uint32_t number, Json event) {
    return {{"number", number}, {"event", std::move(event)}};
}

}  // namespace

/// Of each kind as many as there are seats; a deque, so that they stay where they are.
struct CallRecorder::Taps {
    std::deque<TappedSpeechToText> speech_to_text;
    std::deque<TappedLanguageModel> language_model;
    std::deque<TappedTextToSpeech> text_to_speech;
    std::deque<TappedTextToSpeech> spare_voice;
    std::optional<TappedHttpClient> http_client;
    std::optional<TappedObserver> observer;
};

CallRecorder::CallRecorder(std::unique_ptr<std::ostream> stream, runtime::Loop& loop,
                           const CallPlan& plan, const CallSessionOptions& session_options,
                           std::vector<bool> spare_voices, CallRecorderOptions options)
    : stream_(std::move(stream)),
      loop_(loop),
      options_(options),
      started_(loop.now()),
      wall_started_(loop.wall_now()),
      taps_(std::make_unique<Taps>()) {
    const RecordedPlan recorded{.plan = plan,
                                .options = session_options,
                                .spare_voices = std::move(spare_voices),
                                .started = wall_started_};
    write("header", to_json(recorded));
}

CallRecorder::~CallRecorder() = default;

CallProviders CallRecorder::tap(const CallProviders& providers) {
    Taps& taps = *taps_;
    CallProviders tapped{taps.http_client.emplace(*this, providers.http_client), {}};
    for (const SeatProviders& seat : providers.seats) {
        TextToSpeech* spare_voice = nullptr;
        if (seat.spare_voice != nullptr) {
            spare_voice = &taps.spare_voice.emplace_back(*this, *seat.spare_voice, ">speak_spare");
        }
        tapped.seats.push_back(
            {taps.speech_to_text.emplace_back(*this, seat.speech_to_text),
             taps.language_model.emplace_back(*this, seat.language_model),
             taps.text_to_speech.emplace_back(*this, seat.text_to_speech, ">speak"), spare_voice});
    }
    return tapped;
}

CallObserver& CallRecorder::tap(CallObserver& observer) {
    return taps_->observer.emplace(*this, observer);
}

std::unique_ptr<CallMedia> CallRecorder::tap(std::unique_ptr<CallMedia> media) {
    return std::make_unique<TappedMedia>(*this, std::move(media));
}

void CallRecorder::media_event(const MediaEvent& event, Instant now) {
    write_at("media_event", to_json(event), now);
}

void CallRecorder::media_frame(const InboundFrame& inbound, const Findings& findings, Instant now) {
    Json frame = to_json(inbound, findings.speech, started_);
    if (findings.turn) {
        frame.get_object()["turn"] = to_json(*findings.turn);
    }
    write_at("frame", frame, now);
}

void CallRecorder::speech(std::uint32_t stream, const SpeechEvent& event, Instant now) {
    write_at("speech", numbered(stream, to_json(event)), now);
}

void CallRecorder::model(std::uint32_t answer, const ModelEvent& event, Instant now) {
    write_at("model", numbered(answer, to_json(event)), now);
}

void CallRecorder::synthesis(std::uint32_t request, const SynthesisEvent& event, Instant now) {
    write_at("synthesis", numbered(request, to_json(event)), now);
}

void CallRecorder::http(std::uint32_t exchange,
                        const Result<HttpResponse, HttpClientError>& outcome, Instant now) {
    write_at("http", numbered(exchange, to_json(outcome)), now);
}

void CallRecorder::command(const std::string& what, const std::string& reason, Instant now) {
    write_at(what.c_str(), Json(reason), now);
}

void CallRecorder::write(const char* kind, const Json& data) {
    write_at(kind, data, loop_.now());
}

void CallRecorder::write_at(const char* kind, const Json& data, Instant now) {
    if (is_cut_) {
        return;
    }
    const nanoseconds at = now - started_;
    const auto offset = loop_.wall_now() - wall_started_ - duration_cast<milliseconds>(at);
    JsonArray record{Json(at.count()), Json(kind), data};
    if (offset != wall_offset_) {
        wall_offset_ = offset;
        record.push_back(Json(offset.count()));
    }
    std::string line = serialize_json(record);
    line += '\n';
    if (bytes_ + line.size() > options_.bytes_max) {
        is_cut_ = true;
        line = serialize_json(JsonArray{Json(at.count()), Json("cut"), Json()}) + '\n';
    }
    bytes_ += line.size();
    stream_->write(line.data(), static_cast<std::streamsize>(line.size()));
}

}  // namespace studio::services
