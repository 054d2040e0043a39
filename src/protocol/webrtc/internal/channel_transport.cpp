#include "protocol/webrtc/internal/channel_transport.hpp"

#include <algorithm>
#include <variant>

namespace studio::webrtc {
namespace {

sctp::DataChannelsOptions channel_options(const NegotiatedSession& session,
                                          std::size_t message_bytes_max) {
    sctp::DataChannelsOptions options;
    options.dtls_client = session.dtls_role == srtp::Role::client;
    options.local_port = sctp_port;
    options.peer_port = session.channels ? session.channels->peer_port : sctp_port;
    options.message_bytes_max = message_bytes_max;
    return options;
}

}  // namespace

ChannelTransport::ChannelTransport(const NegotiatedSession& session,
                                   const OfferOptions& peer_options, dtls::Endpoint& dtls,
                                   Entropy& entropy, Instant now)
    : dtls_(dtls),
      message_bytes_max_(peer_options.message_bytes_max),
      channels_(channel_options(session, message_bytes_max_), entropy) {
    channels_.start(now);
    for (const std::string& label : peer_options.channel_labels) {
        if (const auto id = channels_.open(label, "", sctp::Order::ordered, now)) {
            open_.push_back({*id, label});
        }
    }
}

void ChannelTransport::handle_packet(ByteView packet, Instant now) {
    channels_.handle_packet(packet, now);
}

bool ChannelTransport::send(std::string_view label, sctp::MessageKind kind, ByteView bytes,
                            Instant now) {
    const auto found = std::ranges::find(open_, label, &Channel::label);
    return found != open_.end() && bytes.size() <= message_bytes_max_ &&
           channels_.send(found->id, kind, bytes, now).has_value();
}

void ChannelTransport::pump(OutputQueue& outputs) {
    while (const auto packet = channels_.poll_packet()) {
        dtls_.send(*packet);
    }
    while (const auto event = channels_.poll_event()) {
        on_event(*event, outputs);
    }
}

void ChannelTransport::on_event(const sctp::ChannelEvent& event, OutputQueue& outputs) {
    if (const auto* opened = std::get_if<sctp::ChannelOpened>(&event)) {
        open_.push_back({opened->channel, opened->label});
        outputs.channel_opened(opened->label);
    } else if (const auto* accepted = std::get_if<sctp::ChannelAccepted>(&event)) {
        if (const Channel* channel = find(accepted->channel)) {
            outputs.channel_opened(channel->label);
        }
    } else if (const auto* message = std::get_if<sctp::ChannelMessage>(&event)) {
        if (const Channel* channel = find(message->channel)) {
            outputs.message(channel->label, message->data,
                            message->kind == sctp::MessageKind::text);
        }
    } else if (std::holds_alternative<sctp::AssociationEnded>(event)) {
        open_.clear();
    }
}

const ChannelTransport::Channel* ChannelTransport::find(sctp::ChannelId id) const {
    const auto found = std::ranges::find(open_, id, &Channel::id);
    return found == open_.end() ? nullptr : &*found;
}

}  // namespace studio::webrtc
