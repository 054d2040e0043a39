#include "protocol/livekit/data_packet.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/json.hpp"
#include "livekit.pb.h"

namespace studio::livekit {
namespace {

// What the SDKs cut at, so that a packet with its header is well below an SCTP message's 64 KiB.
constexpr std::size_t chunk_bytes_max = 15'000;
constexpr std::string_view digits = "0123456789*#ABCD";

wire::DataPacket packet_for(std::string_view speaker, std::uint32_t sequence) {
    wire::DataPacket packet;
    packet.set_participant_identity(std::string(speaker));
    packet.set_sequence(sequence);
    return packet;
}

/// At most `limit` bytes from the front, without cutting a character of UTF-8.
std::string_view take_chunk(std::string_view& rest, std::size_t limit) {
    std::size_t size = std::min(rest.size(), limit);
    while (size < rest.size() && size > 0 &&
           (static_cast<unsigned char>(rest[size]) & 0xC0U) == 0x80U) {
        --size;
    }
    if (size == 0) {
        size = std::min(rest.size(), limit);
    }
    const std::string_view chunk = rest.substr(0, size);
    rest.remove_prefix(size);
    return chunk;
}

/// Plain text, or JSON {"message", "ignoreLegacy"}: with the latter the text comes as a stream,
/// too.
std::optional<std::string> read_chat(const std::string& payload) {
    if (!payload.starts_with('{')) {
        return payload;
    }
    const auto json = parse_json(payload);
    if (!json || !json->is_object() || find_member(*json, "message") == nullptr) {
        return payload;
    }
    const Json* comes_twice = find_member(*json, "ignoreLegacy");
    if (comes_twice != nullptr && comes_twice->is_bool() && comes_twice->get_bool()) {
        return std::nullopt;
    }
    return member_text(*json, "message");
}

}  // namespace

Result<DataPacket, DataPacketError> parse_data_packet(ByteView bytes) {
    wire::DataPacket packet;
    if (bytes.size() > std::numeric_limits<int>::max() ||
        !packet.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        return fail(DataPacketError::malformed);
    }
    DataPacket result{packet.participant_identity(), OtherPacket{}};
    switch (packet.value_case()) {
        case wire::DataPacket::kSipDtmf: {
            const std::string& digit = packet.sip_dtmf().digit();
            const std::uint32_t code = packet.sip_dtmf().code();
            if (digit.size() == 1 && digits.find(digit[0]) != std::string_view::npos) {
                result.content = DigitPacket{digit[0]};
            } else if (digit.empty() && code < digits.size()) {
                result.content = DigitPacket{digits[code]};
            }
            break;
        }
        case wire::DataPacket::kUser: {
            const std::string& topic = packet.user().topic();
            if (topic != chat_topic && topic != old_chat_topic) {
                result.content = UserMessage{topic, packet.user().payload()};
            } else if (auto text = read_chat(packet.user().payload())) {
                result.content = ChatPacket{std::move(*text)};
            }
            break;
        }
        case wire::DataPacket::kChatMessage: {
            const wire::ChatMessage& chat = packet.chat_message();
            if (!chat.deleted() && !chat.has_edit_timestamp()) {
                result.content = ChatPacket{chat.message()};
            }
            break;
        }
        case wire::DataPacket::kStreamHeader: {
            const wire::StreamHeader& header = packet.stream_header();
            result.content =
                StreamOpened{header.stream_id(),
                             header.topic(),
                             header.has_text_header() && header.text_header().operation_type() == 0,
                             {header.attributes().begin(), header.attributes().end()}};
            break;
        }
        case wire::DataPacket::kStreamChunk:
            result.content =
                StreamPiece{packet.stream_chunk().stream_id(), packet.stream_chunk().chunk_index(),
                            packet.stream_chunk().content()};
            break;
        case wire::DataPacket::kStreamTrailer:
            result.content = StreamClosed{packet.stream_trailer().stream_id()};
            break;
        case wire::DataPacket::VALUE_NOT_SET:
            break;
    }
    return result;
}

std::string DataPacketWriter::make_digit(char digit) {
    const std::size_t code = digits.find(digit);
    if (code == std::string_view::npos) {
        return {};
    }
    wire::DataPacket packet = packet_for("", ++sequence_);
    packet.mutable_sip_dtmf()->set_code(static_cast<std::uint32_t>(code));
    packet.mutable_sip_dtmf()->set_digit(std::string(1, digit));
    return packet.SerializeAsString();
}

std::string DataPacketWriter::make_user_message(std::string_view topic, std::string_view payload) {
    wire::DataPacket packet = packet_for("", ++sequence_);
    packet.mutable_user()->set_topic(std::string(topic));
    packet.mutable_user()->set_payload(std::string(payload));
    return packet.SerializeAsString();
}

std::vector<std::string> DataPacketWriter::make_transcript(const Transcript& transcript) {
    std::vector<std::string> packets;
    const std::string stream_id(transcript.stream_id);
    wire::DataPacket packet = packet_for(transcript.speaker_identity, ++sequence_);
    wire::StreamHeader& header = *packet.mutable_stream_header();
    header.set_stream_id(stream_id);
    header.set_timestamp(transcript.now.time_since_epoch().count());
    header.set_topic(std::string(transcription_topic));
    header.set_mime_type("text/plain");
    header.mutable_text_header()->set_generated(true);
    auto& attributes = *header.mutable_attributes();
    attributes["lk.segment_id"] = std::string(transcript.segment_id);
    attributes["lk.transcription_final"] = transcript.is_final ? "true" : "false";
    if (!transcript.track_sid.empty()) {
        attributes["lk.transcribed_track_id"] = std::string(transcript.track_sid);
    }
    packets.push_back(packet.SerializeAsString());
    std::uint64_t index = 0;
    for (std::string_view rest = transcript.text; !rest.empty();) {
        packet = packet_for(transcript.speaker_identity, ++sequence_);
        wire::StreamChunk& chunk = *packet.mutable_stream_chunk();
        chunk.set_stream_id(stream_id);
        chunk.set_chunk_index(index++);
        chunk.set_content(std::string(take_chunk(rest, chunk_bytes_max)));
        packets.push_back(packet.SerializeAsString());
    }
    packet = packet_for(transcript.speaker_identity, ++sequence_);
    packet.mutable_stream_trailer()->set_stream_id(stream_id);
    packets.push_back(packet.SerializeAsString());
    return packets;
}

}  // namespace studio::livekit
