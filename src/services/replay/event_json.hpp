#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "ports/call_media.hpp"
#include "ports/http_client.hpp"
#include "ports/language_model.hpp"
#include "ports/speech_judge.hpp"
#include "ports/speech_to_text.hpp"
#include "ports/text_to_speech.hpp"
#include "ports/turn_judge.hpp"

namespace studio::services {

/// The events of the ports as JSON and back; exact, so that a session that is given what was read
/// cannot tell it from what was written. The parsers give nothing where the JSON is not of that
/// shape.
[[nodiscard]] Json to_json(const MediaEvent& event);
[[nodiscard]] std::optional<MediaEvent> parse_media_event(const Json& json);

/// `origin` is where the log's time is zero. Frames of zeros carry no samples, and those before
/// which nothing was judged no verdict.
[[nodiscard]] Json to_json(const InboundFrame& inbound, const std::optional<SpeechVerdict>& verdict,
                           Instant origin);
[[nodiscard]] std::optional<SpeechVerdict> parse_verdict(const Json& frame);
[[nodiscard]] std::optional<InboundFrame> parse_inbound_frame(const Json& json, Instant origin);

[[nodiscard]] Json to_json(const TurnOpinion& opinion);
[[nodiscard]] std::optional<TurnOpinion> parse_turn_opinion(const Json& json);

[[nodiscard]] Json to_json(const SpeechEvent& event);
[[nodiscard]] std::optional<SpeechEvent> parse_speech_event(const Json& json);

[[nodiscard]] Json to_json(const ModelEvent& event);
[[nodiscard]] std::optional<ModelEvent> parse_model_event(const Json& json);

[[nodiscard]] Json to_json(const SynthesisEvent& event);
[[nodiscard]] std::optional<SynthesisEvent> parse_synthesis_event(const Json& json);

using HttpOutcome = Result<HttpResponse, HttpClientError>;
[[nodiscard]] Json to_json(const HttpOutcome& outcome);
[[nodiscard]] std::optional<HttpOutcome> parse_http_outcome(const Json& json);

/// What a session asks of a model, for comparison; never read back.
[[nodiscard]] Json to_json(const ModelRequest& request);

/// Samples as base64 (RFC 4648) of little-endian 16-bit PCM.
[[nodiscard]] std::string encode_samples(std::span<const std::int16_t> samples);
/// Nothing where `text` is no base64 of whole samples.
[[nodiscard]] std::optional<std::vector<std::int16_t>> decode_samples(std::string_view text);

/// A whole number member, or `otherwise` where it is absent or no whole number.
[[nodiscard]] std::int64_t member_integer(const Json& json, std::string_view name,
                                          std::int64_t otherwise = 0);

}  // namespace studio::services
