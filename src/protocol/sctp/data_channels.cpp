#include "protocol/sctp/data_channels.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "protocol/sctp/internal/association.hpp"

namespace studio::sctp {
namespace {

// RFC 8832, section 8.1, and RFC 8831, section 8.
constexpr std::uint32_t protocol_control = 50;
constexpr std::uint32_t protocol_text = 51;
constexpr std::uint32_t protocol_binary = 53;
constexpr std::uint32_t protocol_text_empty = 56;
constexpr std::uint32_t protocol_binary_empty = 57;
// RFC 8832, section 5.
constexpr std::uint8_t message_ack = 2;
constexpr std::uint8_t message_open = 3;
constexpr std::uint8_t channel_unordered = 0x80;
constexpr std::size_t label_bytes_max = 255;

std::uint32_t payload_protocol(MessageKind kind, bool empty) {
    if (kind == MessageKind::text) {
        return empty ? protocol_text_empty : protocol_text;
    }
    return empty ? protocol_binary_empty : protocol_binary;
}

}  // namespace

struct DataChannels::State {
    State(const DataChannelsOptions& given, Entropy& entropy)
        : options(given), association(given, entropy) {}

    struct Channel {
        Order order = Order::ordered;
        // Until the peer has acknowledged it (or sent something), messages go in order behind the
        // OPEN, so that none arrives on a channel unknown (RFC 8832, section 6).
        bool acknowledged = false;
    };

    void collect(Instant now) {
        if (association.established() && !std::exchange(told_up, true)) {
            events.emplace_back(AssociationUp{});
        }
        auto& ready = association.ready();
        while (!ready.empty()) {
            const Message message = std::move(ready.front());
            ready.pop_front();
            on_message(message, now);
        }
        if (association.ended() && !std::exchange(told_end, true)) {
            channels.clear();
            events.emplace_back(AssociationEnded{*association.ended()});
        }
    }

    void on_message(const Message& message, Instant now) {
        if (message.protocol == protocol_control) {
            on_control(message, now);
            return;
        }
        const auto found = channels.find(message.stream);
        const bool text =
            message.protocol == protocol_text || message.protocol == protocol_text_empty;
        const bool empty =
            message.protocol == protocol_text_empty || message.protocol == protocol_binary_empty;
        if (found == channels.end() || (!text && !empty && message.protocol != protocol_binary)) {
            return;
        }
        if (!std::exchange(found->second.acknowledged, true)) {
            events.emplace_back(ChannelAccepted{message.stream});
        }
        events.emplace_back(ChannelMessage{message.stream,
                                           text ? MessageKind::text : MessageKind::binary,
                                           empty ? Bytes{} : message.data});
    }

    void on_control(const Message& message, Instant now) {
        ByteReader reader(message.data);
        const std::uint8_t kind = reader.u8();
        const auto found = channels.find(message.stream);
        if (kind == message_ack && found != channels.end()) {
            if (!std::exchange(found->second.acknowledged, true)) {
                events.emplace_back(ChannelAccepted{message.stream});
            }
            return;
        }
        const std::uint8_t channel_type = reader.u8();
        reader.skip(2 + 4);  // Priority and reliability: the peer's business.
        const std::uint16_t label_bytes = reader.u16();
        const std::uint16_t protocol_bytes = reader.u16();
        const std::string_view label = text_of(reader.bytes(label_bytes));
        const std::string_view protocol = text_of(reader.bytes(protocol_bytes));
        const bool peers_half = (message.stream % 2 == 0) != options.dtls_client;
        if (kind != message_open || !reader.ok() || found != channels.end() || !peers_half ||
            label.size() > label_bytes_max || protocol.size() > label_bytes_max ||
            channels.size() >= options.channels_max) {
            return;
        }
        const Order order =
            (channel_type & channel_unordered) != 0 ? Order::unordered : Order::ordered;
        if (!association.send({message.stream, protocol_control, false, Bytes{message_ack}}, now)) {
            return;
        }
        channels[message.stream] = {order, true};
        events.emplace_back(
            ChannelOpened{message.stream, std::string(label), std::string(protocol), order});
    }

    DataChannelsOptions options;
    Association association;
    std::map<ChannelId, Channel> channels;
    std::deque<ChannelEvent> events;
    bool told_up = false;
    bool told_end = false;
};

DataChannels::DataChannels(const DataChannelsOptions& options, Entropy& entropy)
    : state_(std::make_unique<State>(options, entropy)) {}
DataChannels::DataChannels(DataChannels&&) noexcept = default;
DataChannels& DataChannels::operator=(DataChannels&&) noexcept = default;
DataChannels::~DataChannels() = default;

void DataChannels::start(Instant now) {
    state_->association.start(now);
    state_->collect(now);
}

void DataChannels::handle_packet(ByteView packet, Instant now) {
    state_->association.handle_packet(packet, now);
    state_->collect(now);
}

void DataChannels::handle_timeout(Instant now) {
    state_->association.handle_timeout(now);
    state_->collect(now);
}

Result<ChannelId, ChannelError> DataChannels::open(std::string_view label,
                                                   std::string_view protocol, Order order,
                                                   Instant now) {
    State& state = *state_;
    if (state.association.ended()) {
        return fail(ChannelError::closed);
    }
    if (state.channels.size() >= state.options.channels_max || label.size() > label_bytes_max ||
        protocol.size() > label_bytes_max) {
        return fail(ChannelError::too_many);
    }
    ChannelId channel = state.options.dtls_client ? 0 : 1;
    while (state.channels.contains(channel)) {
        channel = static_cast<ChannelId>(channel + 2);
    }
    Message message{channel, protocol_control, false, {}};
    ByteWriter writer(message.data);
    writer.u8(message_open);
    writer.u8(order == Order::unordered ? channel_unordered : std::uint8_t{0});
    writer.u16(256);  // Normal priority (RFC 8831, section 6.4).
    writer.u32(0);
    writer.u16(static_cast<std::uint16_t>(label.size()));
    writer.u16(static_cast<std::uint16_t>(protocol.size()));
    writer.bytes(bytes_of(label));
    writer.bytes(bytes_of(protocol));
    if (!state.association.send(message, now)) {
        return fail(ChannelError::full);
    }
    state.channels[channel] = {order, false};
    return channel;
}

Result<void, ChannelError> DataChannels::send(ChannelId channel, MessageKind kind, ByteView data,
                                              Instant now) {
    State& state = *state_;
    const auto found = state.channels.find(channel);
    if (found == state.channels.end()) {
        return fail(ChannelError::closed);
    }
    if (data.size() > state.options.message_bytes_max) {
        return fail(ChannelError::too_long);
    }
    const bool unordered = found->second.order == Order::unordered && found->second.acknowledged;
    Message message{channel, payload_protocol(kind, data.empty()), unordered,
                    Bytes(data.begin(), data.end())};
    if (data.empty()) {
        message.data.push_back(0);  // SCTP has no empty messages (RFC 8831, section 6.6).
    }
    if (!state.association.send(message, now)) {
        return fail(ChannelError::full);
    }
    return {};
}

void DataChannels::close() {
    state_->association.end(EndReason::local);
    state_->collect(Instant{});
}

std::optional<Bytes> DataChannels::poll_packet() {
    auto& packets = state_->association.packets;
    if (packets.empty()) {
        return std::nullopt;
    }
    Bytes packet = std::move(packets.front());
    packets.pop_front();
    return packet;
}

std::optional<ChannelEvent> DataChannels::poll_event() {
    if (state_->events.empty()) {
        return std::nullopt;
    }
    ChannelEvent event = std::move(state_->events.front());
    state_->events.pop_front();
    return event;
}

Deadline DataChannels::next_deadline() const {
    return state_->association.next_deadline();
}

}  // namespace studio::sctp
