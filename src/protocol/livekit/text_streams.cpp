#include "protocol/livekit/text_streams.hpp"

#include <algorithm>
#include <utility>

namespace studio::livekit {

std::optional<ReceivedText> TextStreams::handle(const DataPacket& packet) {
    if (const auto* opened = std::get_if<StreamOpened>(&packet.content)) {
        if (!opened->is_text) {
            return std::nullopt;
        }
        if (streams_.size() >= streams_max) {
            streams_.erase(std::ranges::min_element(
                streams_, {}, [](const auto& entry) { return entry.second.opened_as; }));
        }
        streams_[opened->stream_id] =
            Stream{++opened_, {opened->topic, packet.sender_identity, opened->attributes, {}}};
    } else if (const auto* piece = std::get_if<StreamPiece>(&packet.content)) {
        const auto found = streams_.find(piece->stream_id);
        if (found == streams_.end()) {
            return std::nullopt;
        }
        if (found->second.text.text.size() + piece->content.size() > text_bytes_max) {
            streams_.erase(found);
        } else {
            found->second.text.text += piece->content;
        }
    } else if (const auto* closed = std::get_if<StreamClosed>(&packet.content)) {
        const auto found = streams_.find(closed->stream_id);
        if (found != streams_.end()) {
            ReceivedText text = std::move(found->second.text);
            streams_.erase(found);
            return text;
        }
    }
    return std::nullopt;
}

}  // namespace studio::livekit
