#include "protocol/deepgram/message.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/json.hpp"

namespace studio::deepgram {
namespace {

bool is_true(const Json& object, std::string_view name) {
    const Json* member = find_member(object, name);
    return member != nullptr && member->is_bool() && member->get_bool();
}

/// A finite number, or nothing.
std::optional<double> number_of(const Json& object, std::string_view name) {
    const Json* member = find_member(object, name);
    if (member == nullptr || !member->is_number()) {
        return std::nullopt;
    }
    const double number = member->to_number<double>();
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

Result<ServerMessage, MessageError> read_results(const Json& value) {
    ResultsMessage results;
    results.is_final = is_true(value, "is_final");
    results.speech_final = is_true(value, "speech_final");
    results.from_finalize = is_true(value, "from_finalize");
    const std::optional<double> start = number_of(value, "start");
    const std::optional<double> duration = number_of(value, "duration");
    if (start && duration && *start >= 0.0 && *duration >= 0.0) {
        results.start_s = *start;
        results.end_s = *start + *duration;
    }
    const Json* channel = find_member(value, "channel");
    const Json* alternatives = channel == nullptr ? nullptr : find_member(*channel, "alternatives");
    if (alternatives == nullptr || !alternatives->is_array()) {
        return fail(MessageError::not_a_message);
    }
    if (alternatives->get_array().empty()) {
        return results;
    }
    const Json& best = alternatives->get_array().front();
    const Json* transcript = find_member(best, "transcript");
    if (transcript == nullptr || !transcript->is_string()) {
        return fail(MessageError::not_a_message);
    }
    results.transcript.assign(transcript->get_string().data(), transcript->get_string().size());
    results.confidence = std::clamp(number_of(best, "confidence").value_or(1.0), 0.0, 1.0);
    return results;
}

}  // namespace

Result<ServerMessage, MessageError> parse_message(std::string_view json) {
    const Result<Json, JsonError> value = parse_json(json, json_to_repair);
    if (!value) {
        return fail(MessageError::not_json);
    }
    const std::string type = member_text(*value, "type");
    if (type.empty()) {
        return fail(MessageError::not_a_message);
    }
    if (type == "Results") {
        return read_results(*value);
    }
    if (type == "Error") {
        return ErrorMessage{};
    }
    return OtherMessage{};
}

}  // namespace studio::deepgram
