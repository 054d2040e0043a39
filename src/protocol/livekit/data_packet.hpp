#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace studio::livekit {

/// Data packets of a room: each is one message of the channel `_reliable`. What is read is hostile,
/// at most what the channel takes.

/// The channels that every LiveKit client opens.
inline constexpr const char* reliable_channel = "_reliable";
inline constexpr const char* lossy_channel = "_lossy";
/// Text streams of speech that a front end shows.
inline constexpr std::string_view transcription_topic = "lk.transcription";
/// Text streams, and plain data, that somebody wrote to the room.
inline constexpr std::string_view chat_topic = "lk.chat";
/// The same as JSON, of clients before text streams.
inline constexpr std::string_view old_chat_topic = "lk-chat-topic";
/// The agent's state as an attribute of its participant.
inline constexpr std::string_view agent_state_attribute = "lk.agent.state";

/// A telephone key: 0-9, *, #, A-D.
struct DigitPacket {
    char digit = '0';
};
/// What an app sent as plain data.
struct UserMessage {
    std::string topic;
    std::string payload;
};
/// What somebody wrote in the room's chat: by the packet of older clients, or as plain data under a
/// topic of the chat.
struct ChatPacket {
    std::string text;
};
struct StreamOpened {
    std::string stream_id;
    std::string topic;
    /// A new text: no file, and no change of an earlier one.
    bool is_text = true;
    std::map<std::string, std::string> attributes;
};
struct StreamPiece {
    std::string stream_id;
    std::uint64_t index = 0;
    std::string content;
};
struct StreamClosed {
    std::string stream_id;
};
struct OtherPacket {};

struct DataPacket {
    /// Who sent it, as the server says.
    std::string sender_identity;
    std::variant<DigitPacket, UserMessage, ChatPacket, StreamOpened, StreamPiece, StreamClosed,
                 OtherPacket>
        content;
};

enum class DataPacketError : std::uint8_t { malformed };

[[nodiscard]] Result<DataPacket, DataPacketError> parse_data_packet(ByteView bytes);

/// Makes our packets, each with the next sequence number.
class DataPacketWriter {
public:
    /// Nothing for what is no key.
    [[nodiscard]] std::string make_digit(char digit);
    [[nodiscard]] std::string make_user_message(std::string_view topic, std::string_view payload);

    struct Transcript {
        std::string_view stream_id;
        std::string_view segment_id;
        /// Whose speech it is; the server lets an agent name another.
        std::string_view speaker_identity;
        /// The track that was heard; empty where unknown.
        std::string_view track_sid;
        std::string_view text;
        bool is_final = true;
        WallTime now{};
    };
    /// A whole text stream: header, chunks of at most 15,000 bytes, trailer.
    [[nodiscard]] std::vector<std::string> make_transcript(const Transcript& transcript);

private:
    std::uint32_t sequence_ = 0;
};

}  // namespace studio::livekit
