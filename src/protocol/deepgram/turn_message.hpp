#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/deepgram/message.hpp"

namespace studio::deepgram {

/// What happened in a turn (Deepgram documentation, "Flux", TurnInfo).
enum class TurnEvent : std::uint8_t {
    update,
    start_of_turn,
    eager_end_of_turn,
    turn_resumed,
    end_of_turn,
};

/// News of the present turn. The transcript is the whole turn so far.
struct TurnInfoMessage {
    TurnEvent event = TurnEvent::update;
    /// 0, 1, 2 … in the stream.
    std::uint32_t turn_index = 0;
    std::string transcript;
    /// 0..1, that the turn is over; 1 where the server does not say.
    double end_of_turn_confidence = 1.0;
    /// How far the audio was heard, in seconds of audio since the stream began; negative where not
    /// said.
    double audio_end_s = -1.0;
};

using TurnServerMessage = std::variant<TurnInfoMessage, ErrorMessage, OtherMessage>;

/// Reads one text message of the server of `/v2/listen`. The caller bounds its size. Events that
/// may be added are OtherMessage.
[[nodiscard]] Result<TurnServerMessage, MessageError> parse_turn_message(std::string_view json);

}  // namespace studio::deepgram
