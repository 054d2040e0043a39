#pragma once

#include <deque>

#include "protocol/dtls/endpoint.hpp"
#include "protocol/dtls/internal/openssl_objects.hpp"

namespace studio::dtls {

struct Context::State {
    SslContextPointer context;
};

/// What an Endpoint is inside.
struct Endpoint::State {
    State(std::shared_ptr<const Context::State> owner, const EndpointOptions& given);

    void start(Instant now);
    void handle_datagram(ByteView datagram, Instant now);
    void handle_timeout(Instant now);
    bool send(ByteView data);
    void close();

    /// Goes on with the handshake as far as the datagrams at hand allow.
    void shake_hands(Instant now);
    void on_connected();
    void read_application_data();
    void retransmit(Instant now);
    /// OpenSSL's buffers of 17 KB each way are only needed while it works.
    [[nodiscard]] bool acquire_buffers();
    void release_buffers();
    void end(CloseReason reason);

    enum class Phase : std::uint8_t { idle, handshaking, connected, closed };

    std::shared_ptr<const Context::State> context;
    EndpointOptions options;
    DatagramPipe pipe;
    SslPointer ssl;
    Phase phase = Phase::idle;
    bool wrong_fingerprint = false;
    Deadline retransmit_at;
    Instant give_up_at{};
    nanoseconds retransmit_interval{};
    std::size_t outbound_polled = 0;
    std::deque<Event> events;
};

}  // namespace studio::dtls
