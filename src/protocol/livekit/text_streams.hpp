#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "protocol/livekit/data_packet.hpp"

namespace studio::livekit {

/// A whole text that somebody in the room sent: hostile.
struct ReceivedText {
    std::string topic;
    std::string sender_identity;
    std::map<std::string, std::string> attributes;
    std::string text;
};

/// Puts text streams together; files and changes of earlier texts are passed over. Bounded: beyond
/// `streams_max` the oldest is forgotten, beyond `text_bytes_max` a stream is. One owner.
class TextStreams {
public:
    static constexpr std::size_t streams_max = 16;
    static constexpr std::size_t text_bytes_max = 64 * 1024;

    /// The text that this packet completes, if any.
    [[nodiscard]] std::optional<ReceivedText> handle(const DataPacket& packet);

private:
    struct Stream {
        std::uint64_t opened_as = 0;
        ReceivedText text;
    };

    std::map<std::string, Stream> streams_;
    std::uint64_t opened_ = 0;
};

}  // namespace studio::livekit
