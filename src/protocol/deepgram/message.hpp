#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"

namespace studio::deepgram {

/// What we send as text between the audio (Deepgram documentation, "Streaming", control messages).
inline constexpr std::string_view keep_alive_message = R"({"type":"KeepAlive"})";
inline constexpr std::string_view finalize_message = R"({"type":"Finalize"})";
inline constexpr std::string_view close_stream_message = R"({"type":"CloseStream"})";

/// A transcript of a piece of the stream. Interim results of a piece replace one another; the one
/// with `is_final` stands.
struct ResultsMessage {
    std::string transcript;
    /// 0..1 of the best alternative; 1 where the server does not say.
    double confidence = 1.0;
    bool is_final = false;
    /// The server found that the speaker paused. We do our own endpointing and do not use it.
    bool speech_final = false;
    /// The answer to our Finalize: everything sent before it is transcribed.
    bool from_finalize = false;
    /// The piece in seconds of audio since the stream began; `end_s` is negative where not said.
    double start_s = 0.0;
    double end_s = -1.0;
};

/// The server reports trouble and is about to close the stream.
struct ErrorMessage {};

/// Metadata, SpeechStarted, UtteranceEnd and whatever may be added: of no use to us.
struct OtherMessage {};

using ServerMessage = std::variant<ResultsMessage, ErrorMessage, OtherMessage>;

enum class MessageError : std::uint8_t {
    not_json,
    /// JSON, but without a `type`, or Results whose members have the wrong type.
    not_a_message,
};

/// Reads one text message of the server. The caller bounds its size.
[[nodiscard]] Result<ServerMessage, MessageError> parse_message(std::string_view json);

}  // namespace studio::deepgram
