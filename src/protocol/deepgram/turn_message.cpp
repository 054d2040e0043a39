#include "protocol/deepgram/turn_message.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/json.hpp"

namespace studio::deepgram {
namespace {

std::optional<TurnEvent> event_of(std::string_view name) {
    constexpr struct {
        std::string_view name;
        TurnEvent event;
    } events[] = {{"Update", TurnEvent::update},
                  {"StartOfTurn", TurnEvent::start_of_turn},
                  {"EagerEndOfTurn", TurnEvent::eager_end_of_turn},
                  {"TurnResumed", TurnEvent::turn_resumed},
                  {"EndOfTurn", TurnEvent::end_of_turn}};
    for (const auto& known : events) {
        if (known.name == name) {
            return known.event;
        }
    }
    return std::nullopt;
}

double number_or(const Json& object, std::string_view name, double otherwise) {
    const Json* member = find_member(object, name);
    const bool is_number = member != nullptr && member->is_number();
    const double number = is_number ? member->to_number<double>() : otherwise;
    return std::isfinite(number) ? number : otherwise;
}

Result<TurnServerMessage, MessageError> read_turn_info(const Json& value) {
    const auto event = event_of(member_text(value, "event"));
    if (!event) {
        return OtherMessage{};
    }
    const Json* transcript = find_member(value, "transcript");
    if (transcript != nullptr && !transcript->is_string()) {
        return fail(MessageError::not_a_message);
    }
    constexpr double index_max = std::numeric_limits<std::uint32_t>::max();
    return TurnInfoMessage{.event = *event,
                           .turn_index = static_cast<std::uint32_t>(
                               std::clamp(number_or(value, "turn_index", 0.0), 0.0, index_max)),
                           .transcript = member_text(value, "transcript"),
                           .end_of_turn_confidence = std::clamp(
                               number_or(value, "end_of_turn_confidence", 1.0), 0.0, 1.0),
                           .audio_end_s = number_or(value, "audio_window_end", -1.0)};
}

}  // namespace

Result<TurnServerMessage, MessageError> parse_turn_message(std::string_view json) {
    const Result<Json, JsonError> value = parse_json(json, json_to_repair);
    if (!value) {
        return fail(MessageError::not_json);
    }
    const std::string type = member_text(*value, "type");
    if (type.empty()) {
        return fail(MessageError::not_a_message);
    }
    if (type == "TurnInfo") {
        return read_turn_info(*value);
    }
    if (type == "Error") {
        return ErrorMessage{};
    }
    return OtherMessage{};
}

}  // namespace studio::deepgram
