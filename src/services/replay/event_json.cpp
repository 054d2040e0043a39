#include "services/replay/event_json.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/base64.hpp"

namespace studio::services {

namespace {

Json error_json(const ProviderError& error) {
    JsonObject json{
        {"type", "failed"}, {"code", static_cast<int>(error.code)}, {"message", error.message}};
    if (error.retry_after) {
        json["retry_after_ms"] = error.retry_after->count();
    }
    return json;
}

ProviderError parse_error(const Json& json) {
    const auto code = std::clamp<std::int64_t>(member_integer(json, "code"), 0,
                                               static_cast<int>(ProviderErrorCode::exhausted));
    const Json* wait = find_member(json, "retry_after_ms");
    return {static_cast<ProviderErrorCode>(code), member_text(json, "message"),
            wait == nullptr ? std::optional<milliseconds>()
                            : milliseconds(member_integer(json, "retry_after_ms"))};
}

template <class... Functions>
struct Overloaded : Functions... {
    using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

std::uint32_t member_u32(const Json& json, std::string_view name) {
    return static_cast<std::uint32_t>(member_integer(json, name));
}

std::size_t member_size(const Json& json, std::string_view name) {
    return static_cast<std::size_t>(std::max<std::int64_t>(0, member_integer(json, name)));
}

}  // namespace

std::int64_t member_integer(const Json& json, std::string_view name, std::int64_t otherwise) {
    const Json* member = find_member(json, name);
    return member != nullptr && member->is_int64() ? member->get_int64() : otherwise;
}

std::string encode_samples(std::span<const std::int16_t> samples) {
    std::vector<std::uint8_t> bytes;
    bytes.reserve(samples.size() * 2);
    for (const std::int16_t sample : samples) {
        const auto bits = static_cast<std::uint16_t>(sample);
        bytes.push_back(static_cast<std::uint8_t>(bits & 255U));
        bytes.push_back(static_cast<std::uint8_t>(bits >> 8U));
    }
    return encode_base64(bytes, Base64Kind::standard);
}

std::optional<std::vector<std::int16_t>> decode_samples(std::string_view text) {
    const auto bytes = decode_base64(text, Base64Kind::standard);
    if (!bytes || bytes->size() % 2 != 0) {
        return std::nullopt;
    }
    std::vector<std::int16_t> samples;
    samples.reserve(bytes->size() / 2);
    for (std::size_t index = 0; index < bytes->size(); index += 2) {
        const auto low = static_cast<unsigned char>((*bytes)[index]);
        const auto high = static_cast<unsigned char>((*bytes)[index + 1]);
        const unsigned bits = low | static_cast<unsigned>(high) << 8U;
        samples.push_back(static_cast<std::int16_t>(static_cast<std::uint16_t>(bits)));
    }
    return samples;
}

Json to_json(const MediaEvent& event) {
    return std::visit(
        Overloaded{
            [](const MediaConnected&) -> Json {
                return JsonObject{{"type", "connected"}};
            },
            [](const MediaMessage& message) -> Json {
                return JsonObject{{"type", "message"}, {"text", message.text}};
            },
            [](const MediaDigit& digit) -> Json {
                return JsonObject{{"type", "digit"}, {"digit", std::string(1, digit.digit)}};
            },
            [](const MediaCallerAway& caller) -> Json {
                return JsonObject{{"type", "away"}, {"is_away", caller.is_away}};
            },
            [](const MediaSubscribed& told) -> Json {
                return JsonObject{{"type", "subscribed"}, {"is_subscribed", told.is_subscribed}};
            },
            [](const MediaText& text) -> Json {
                return JsonObject{{"type", "text"}, {"text", text.text}};
            },
            [](const MediaClosed& closed) -> Json {
                return JsonObject{{"type", "closed"}, {"reason", static_cast<int>(closed.reason)}};
            }},
        event);
}

std::optional<MediaEvent> parse_media_event(const Json& json) {
    const std::string type = member_text(json, "type");
    if (type == "connected") {
        return MediaConnected{};
    }
    if (type == "message") {
        return MediaMessage{member_text(json, "text")};
    }
    if (type == "text") {
        return MediaText{member_text(json, "text")};
    }
    if (type == "digit") {
        const std::string digit = member_text(json, "digit");
        return digit.size() == 1 ? std::optional<MediaEvent>(MediaDigit{digit[0]}) : std::nullopt;
    }
    if (type == "away") {
        const Json* is_away = find_member(json, "is_away");
        return is_away != nullptr && is_away->is_bool()
                   ? std::optional<MediaEvent>(MediaCallerAway{is_away->get_bool()})
                   : std::nullopt;
    }
    if (type == "subscribed") {
        const Json* is_subscribed = find_member(json, "is_subscribed");
        return is_subscribed != nullptr && is_subscribed->is_bool()
                   ? std::optional<MediaEvent>(MediaSubscribed{is_subscribed->get_bool()})
                   : std::nullopt;
    }
    const auto reason = member_integer(json, "reason", -1);
    if (type == "closed" && reason >= 0 &&
        reason <= static_cast<int>(MediaCloseReason::dismissed)) {
        return MediaClosed{static_cast<MediaCloseReason>(reason)};
    }
    return std::nullopt;
}

Json to_json(const InboundFrame& inbound, const std::optional<SpeechVerdict>& verdict,
             Instant origin) {
    JsonObject json{{"origin", static_cast<int>(inbound.origin)},
                    {"captured", (inbound.captured_at - origin).count()}};
    const auto& samples = inbound.frame.samples;
    if (std::any_of(samples.begin(), samples.end(), [](auto sample) { return sample != 0; })) {
        json["pcm"] = encode_samples(samples);
    }
    if (verdict) {
        json["speech"] = static_cast<double>(verdict->probability);
        json["windows"] = verdict->windows;
    }
    return json;
}

std::optional<SpeechVerdict> parse_verdict(const Json& frame) {
    const Json* probability = find_member(frame, "speech");
    const std::int64_t windows = member_integer(frame, "windows", 1);
    if (probability == nullptr || !probability->is_number() || windows < 1 || windows > 1'000'000) {
        return std::nullopt;
    }
    const auto value = probability->to_number<double>();
    if (!(value >= 0.0 && value <= 1.0)) {
        return std::nullopt;
    }
    return SpeechVerdict{static_cast<float>(value), static_cast<int>(windows)};
}

std::optional<InboundFrame> parse_inbound_frame(const Json& json, Instant origin) {
    InboundFrame inbound;
    const auto frame_origin = member_integer(json, "origin", -1);
    if (frame_origin < 0 || frame_origin > static_cast<int>(FrameOrigin::silence)) {
        return std::nullopt;
    }
    inbound.origin = static_cast<FrameOrigin>(frame_origin);
    // Added without a sign, because hostile sums would overflow.
    inbound.captured_at = Instant(nanoseconds(
        static_cast<std::int64_t>(static_cast<std::uint64_t>(origin.time_since_epoch().count()) +
                                  static_cast<std::uint64_t>(member_integer(json, "captured")))));
    if (find_member(json, "pcm") != nullptr) {
        const auto samples = decode_samples(member_text(json, "pcm"));
        if (!samples || samples->size() != audio::frame_samples) {
            return std::nullopt;
        }
        std::copy(samples->begin(), samples->end(), inbound.frame.samples.begin());
    }
    return inbound;
}

Json to_json(const TurnOpinion& opinion) {
    JsonObject json{{"number", opinion.question}};
    if (opinion.is_over) {
        json["is_over"] = static_cast<double>(*opinion.is_over);
    }
    return json;
}

std::optional<TurnOpinion> parse_turn_opinion(const Json& json) {
    const std::int64_t question = member_integer(json, "number", -1);
    if (question < 0 || question > std::numeric_limits<std::uint32_t>::max()) {
        return std::nullopt;
    }
    TurnOpinion opinion{static_cast<std::uint32_t>(question), std::nullopt};
    const Json* is_over = find_member(json, "is_over");
    if (is_over == nullptr) {
        return opinion;
    }
    const auto value = is_over->is_number() ? is_over->to_number<double>() : -1.0;
    if (!(value >= 0.0 && value <= 1.0)) {
        return std::nullopt;
    }
    opinion.is_over = static_cast<float>(value);
    return opinion;
}

Json to_json(const SpeechEvent& event) {
    return std::visit(
        Overloaded{[](const PartialTranscript& partial) -> Json {
                       return JsonObject{{"type", "partial"},
                                         {"utterance", partial.utterance},
                                         {"text", partial.text}};
                   },
                   [](const FinalTranscript& final) -> Json {
                       return JsonObject{{"type", "final"},
                                         {"utterance", final.utterance},
                                         {"text", final.text},
                                         {"confidence", final.confidence}};
                   },
                   [](const SpeechFailed& failed) -> Json { return error_json(failed.error); },
                   [](const TurnsJudged&) -> Json {
                       return JsonObject{{"type", "judges"}};
                   },
                   [](const SpeakerStarted& started) -> Json {
                       return JsonObject{{"type", "started"}, {"utterance", started.utterance}};
                   },
                   [](const SpeakerMayBeDone& may_be) -> Json {
                       return JsonObject{{"type", "may_be_done"},
                                         {"utterance", may_be.utterance},
                                         {"text", may_be.text},
                                         {"confidence", may_be.confidence}};
                   },
                   [](const SpeakerResumed& resumed) -> Json {
                       return JsonObject{{"type", "resumed"}, {"utterance", resumed.utterance}};
                   },
                   [](const SpeakerDone& done) -> Json {
                       return JsonObject{{"type", "done"},
                                         {"utterance", done.utterance},
                                         {"text", done.text},
                                         {"confidence", done.confidence}};
                   }},
        event);
}

std::optional<SpeechEvent> parse_speech_event(const Json& json) {
    const std::string type = member_text(json, "type");
    if (type == "partial") {
        return PartialTranscript{member_u32(json, "utterance"), member_text(json, "text")};
    }
    const std::uint32_t utterance = member_u32(json, "utterance");
    const Json* sure = find_member(json, "confidence");
    const double confidence =
        sure != nullptr && sure->is_number() ? sure->to_number<double>() : 1.0;
    if (type == "final") {
        return FinalTranscript{utterance, member_text(json, "text"), confidence};
    }
    if (type == "judges") {
        return TurnsJudged{};
    }
    if (type == "started") {
        return SpeakerStarted{utterance};
    }
    if (type == "may_be_done") {
        return SpeakerMayBeDone{utterance, member_text(json, "text"), confidence};
    }
    if (type == "resumed") {
        return SpeakerResumed{utterance};
    }
    if (type == "done") {
        return SpeakerDone{utterance, member_text(json, "text"), confidence};
    }
    return type == "failed" ? std::optional<SpeechEvent>(SpeechFailed{parse_error(json)})
                            : std::nullopt;
}

Json to_json(const ModelEvent& event) {
    return std::visit(
        Overloaded{[](const ModelText& text) -> Json {
                       return JsonObject{{"type", "text"}, {"text", text.text}};
                   },
                   [](const ModelToolCall& call) -> Json {
                       return JsonObject{{"type", "tool"},
                                         {"id", call.id},
                                         {"name", call.name},
                                         {"arguments", call.arguments}};
                   },
                   [](const ModelFinished& finished) -> Json {
                       return JsonObject{{"type", "finished"},
                                         {"prompt_tokens", finished.prompt_tokens},
                                         {"completion_tokens", finished.completion_tokens}};
                   },
                   [](const ModelFailed& failed) -> Json { return error_json(failed.error); }},
        event);
}

std::optional<ModelEvent> parse_model_event(const Json& json) {
    const std::string type = member_text(json, "type");
    if (type == "text") {
        return ModelText{member_text(json, "text")};
    }
    if (type == "tool") {
        return ModelToolCall{member_text(json, "id"), member_text(json, "name"),
                             member_text(json, "arguments")};
    }
    if (type == "finished") {
        return ModelFinished{member_u32(json, "prompt_tokens"),
                             member_u32(json, "completion_tokens")};
    }
    return type == "failed" ? std::optional<ModelEvent>(ModelFailed{parse_error(json)})
                            : std::nullopt;
}

Json to_json(const SynthesisEvent& event) {
    return std::visit(
        Overloaded{[](const SynthesisAudio& audio) -> Json {
                       return JsonObject{{"type", "audio"}, {"pcm", encode_samples(audio.samples)}};
                   },
                   [](const SynthesisWord& word) -> Json {
                       return JsonObject{{"type", "word"},
                                         {"text_offset", word.text_offset},
                                         {"sample_offset", word.sample_offset}};
                   },
                   [](const SynthesisFinished&) -> Json {
                       return JsonObject{{"type", "finished"}};
                   },
                   [](const SynthesisFailed& failed) -> Json { return error_json(failed.error); }},
        event);
}

std::optional<SynthesisEvent> parse_synthesis_event(const Json& json) {
    const std::string type = member_text(json, "type");
    if (type == "audio") {
        auto samples = decode_samples(member_text(json, "pcm"));
        return samples ? std::optional<SynthesisEvent>(SynthesisAudio{std::move(*samples)})
                       : std::nullopt;
    }
    if (type == "word") {
        return SynthesisWord{member_size(json, "text_offset"), member_size(json, "sample_offset")};
    }
    if (type == "finished") {
        return SynthesisFinished{};
    }
    return type == "failed" ? std::optional<SynthesisEvent>(SynthesisFailed{parse_error(json)})
                            : std::nullopt;
}

Json to_json(const HttpOutcome& outcome) {
    if (!outcome) {
        return JsonObject{{"error", static_cast<int>(outcome.error())}};
    }
    JsonObject json{{"status", outcome->status},
                    {"content_type", outcome->content_type},
                    {"body", outcome->body}};
    if (outcome->is_cut) {
        json["whole_bytes"] = outcome->whole_bytes;
    }
    return json;
}

std::optional<HttpOutcome> parse_http_outcome(const Json& json) {
    if (const Json* error = find_member(json, "error")) {
        const auto code = error->is_int64() ? error->get_int64() : -1;
        if (code < 0 || code > static_cast<int>(HttpClientError::address_not_allowed)) {
            return std::nullopt;
        }
        return HttpOutcome(fail(static_cast<HttpClientError>(code)));
    }
    const auto status = member_integer(json, "status", -1);
    if (status < 0 || status > 999) {
        return std::nullopt;
    }
    return HttpOutcome(
        HttpResponse{.status = static_cast<int>(status),
                     .content_type = member_text(json, "content_type"),
                     .body = member_text(json, "body"),
                     .is_cut = find_member(json, "whole_bytes") != nullptr,
                     .whole_bytes = static_cast<std::uint64_t>(
                         std::max<std::int64_t>(0, member_integer(json, "whole_bytes")))});
}

Json to_json(const ModelRequest& request) {
    JsonArray messages;
    for (const ModelMessage& message : request.messages) {
        JsonArray calls;
        for (const ModelToolCall& call : message.tool_calls) {
            calls.push_back(JsonArray{Json(call.id), Json(call.name), Json(call.arguments)});
        }
        messages.push_back(JsonArray{Json(static_cast<int>(message.role)), Json(message.content),
                                     Json(message.tool_call_id), Json(std::move(calls))});
    }
    JsonArray tools;
    for (const ModelTool& tool : request.tools) {
        tools.push_back(Json(tool.name));
    }
    return JsonObject{{"model", request.model}, {"messages", messages}, {"tools", tools}};
}

}  // namespace studio::services
