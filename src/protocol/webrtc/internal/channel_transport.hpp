#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/entropy.hpp"
#include "base/time.hpp"
#include "protocol/dtls/endpoint.hpp"
#include "protocol/sctp/data_channels.hpp"
#include "protocol/webrtc/internal/negotiation.hpp"
#include "protocol/webrtc/internal/output_queue.hpp"

namespace studio::webrtc {

/// Data channels of one connected peer, by label, over its DTLS connection. Thread-compatible.
class ChannelTransport {
public:
    /// Starts the association and opens a channel for each label of the options. `dtls` outlives
    /// this.
    ChannelTransport(const NegotiatedSession& session, const OfferOptions& options,
                     dtls::Endpoint& dtls, Entropy& entropy, Instant now);

    /// The plain text of a DTLS record.
    void handle_packet(ByteView packet, Instant now);
    void handle_timeout(Instant now) { channels_.handle_timeout(now); }
    bool send(std::string_view label, sctp::MessageKind kind, ByteView bytes, Instant now);
    void close() { channels_.close(); }
    /// Moves packets into DTLS and events into `outputs`.
    void pump(OutputQueue& outputs);
    [[nodiscard]] Deadline next_deadline() const { return channels_.next_deadline(); }

private:
    struct Channel {
        sctp::ChannelId id = 0;
        std::string label;
    };

    void on_event(const sctp::ChannelEvent& event, OutputQueue& outputs);
    [[nodiscard]] const Channel* find(sctp::ChannelId id) const;

    dtls::Endpoint& dtls_;
    std::size_t message_bytes_max_;
    sctp::DataChannels channels_;
    std::vector<Channel> open_;
};

}  // namespace studio::webrtc
