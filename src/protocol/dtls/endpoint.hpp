#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "protocol/dtls/certificate.hpp"
#include "protocol/srtp/keying.hpp"

namespace studio::dtls {

using srtp::Role;

/// What all endpoints share: certificate, ciphers, profiles. Costs some 30 KB, so make one per
/// loop (or process) and keep it. Immutable; it must outlive nothing (endpoints hold on to it).
class Context {
public:
    [[nodiscard]] static Result<Context, DtlsError> make(const Certificate& certificate);

    /// Inside.
    struct State;

private:
    friend class Endpoint;
    explicit Context(std::shared_ptr<const State> state);

    std::shared_ptr<const State> state_;
};

struct EndpointOptions {
    /// RFC 8842: the answerer is the client (`a=setup:active`) unless it says otherwise.
    Role role = Role::client;
    /// From the peer's SDP; its certificate must match one of them. None: the handshake fails.
    std::vector<Fingerprint> peer_fingerprints;
    /// Largest datagram that we make. 1200 passes everywhere (as QUIC assumes, RFC 9000, 14.1).
    std::size_t mtu_bytes = 1200;
    /// First retransmission; doubled each time to at most retransmit_max (RFC 6347, 4.2.4.1 says 1
    /// s; browsers use 50 ms to 400 ms on paths that ICE has measured).
    milliseconds retransmit_initial{100};
    milliseconds retransmit_max{2000};
    /// After this the handshake has failed.
    milliseconds handshake_timeout{10'000};
};

enum class CloseReason : std::uint8_t {
    /// The peer said close_notify.
    remote,
    /// We closed it.
    local,
    /// The peer's certificate has another fingerprint, or it has none.
    wrong_fingerprint,
    /// No handshake in time.
    timeout,
    /// Alert from the peer, no common cipher or SRTP profile, or broken protocol.
    failed,
};

/// The handshake is done, the fingerprint checked.
struct Connected {
    srtp::Keying keying;
};
/// The peer's application data: one record, an SCTP packet.
struct Received {
    Bytes data;
};
/// The last event.
struct Closed {
    CloseReason reason = CloseReason::failed;
};
using Event = std::variant<Connected, Received, Closed>;

/// One DTLS 1.2 connection over datagrams (RFC 6347) that also agrees on SRTP keys (RFC 5764). It
/// owns no socket and no clock: OpenSSL runs on our own BIO, and its retransmission timer is
/// stopped and replaced by next_deadline(). After each call drain poll_datagram() and poll_event().
/// Thread-compatible.
///
///   idle ─start()/first record─► handshaking ─finished─► connected ─close_notify─► closed
///                                     └──── timeout, alert, fingerprint ────────────►┘
class Endpoint {
public:
    Endpoint(const Context& context, const EndpointOptions& options);
    Endpoint(Endpoint&&) noexcept;
    Endpoint& operator=(Endpoint&&) noexcept;
    ~Endpoint();

    /// Begins: the client sends its hello, the server waits. The handshake time runs from here.
    void start(Instant now);
    /// One datagram from the network, hostile, of kind rtp::DatagramKind::dtls. Ignored before
    /// start() and after the end.
    void handle_datagram(ByteView datagram, Instant now);
    /// To be called once next_deadline() has come; harmless earlier.
    void handle_timeout(Instant now);
    /// Sends one record of application data; false before the handshake is done, after the end, or
    /// where `data` does not fit into mtu_bytes less application_overhead_bytes.
    bool send(ByteView data);
    /// Sends close_notify; Closed{local} follows. No effect once closed.
    void close();

    /// The next datagram to send, or nothing.
    [[nodiscard]] std::optional<Bytes> poll_datagram();
    [[nodiscard]] std::optional<Event> poll_event();
    [[nodiscard]] Deadline next_deadline() const;
    [[nodiscard]] bool connected() const;

    /// Inside; only named here so that the library's callbacks can find their endpoint.
    struct State;

private:
    std::unique_ptr<State> state_;
};

/// Record header (13), explicit nonce (8) and tag (16) at most.
inline constexpr std::size_t application_overhead_bytes = 37;

}  // namespace studio::dtls
