#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.hpp"
#include "protocol/srtp/keying.hpp"

namespace studio::srtp {

enum class SrtpError : std::uint8_t {
    /// Too short or not RTP or RTCP. Drop it.
    malformed,
    /// The authentication tag is wrong. Drop it.
    not_authentic,
    /// Received before, or older than the replay window of 128 packets. Drop it.
    replayed,
    /// The buffer lacks room for the tag. A bug of the caller's.
    no_room,
    /// More sources than one peer may have (sources_max). Drop it.
    too_many_sources,
    /// The library refused for another reason (key lifetime, memory). Close the connection.
    failed,
};

/// What protection adds at most: 16 tag bytes and, for RTCP, 4 of index.
inline constexpr std::size_t overhead_bytes_max = 20;
/// Sources that a peer may use in one session; each costs memory in the library.
inline constexpr std::size_t sources_max = 8;

/// Protects what we send and opens what we receive of one DTLS-SRTP connection (RFC 3711, 7714), in
/// place, on the caller's buffer. Outbound, each sequence number may be protected once: repeat
/// packets from the bytes kept (rtp::Sender::remember). Made after the handshake;
/// thread-compatible. No allocation per packet.
class SrtpSession {
public:
    [[nodiscard]] static Result<SrtpSession, SrtpError> make(const Keying& keying);

    SrtpSession(SrtpSession&&) noexcept;
    SrtpSession& operator=(SrtpSession&&) noexcept;
    ~SrtpSession();

    /// `buffer` holds `size` bytes of packet, then room for overhead_bytes_max more. Returns the
    /// new size.
    [[nodiscard]] Result<std::size_t, SrtpError> protect_rtp(std::span<std::uint8_t> buffer,
                                                             std::size_t size);
    [[nodiscard]] Result<std::size_t, SrtpError> protect_rtcp(std::span<std::uint8_t> buffer,
                                                              std::size_t size);

    /// `packet` is what came from the network; on success its first bytes are the plain packet, as
    /// many as returned. On failure its contents are undefined.
    [[nodiscard]] Result<std::size_t, SrtpError> unprotect_rtp(std::span<std::uint8_t> packet);
    [[nodiscard]] Result<std::size_t, SrtpError> unprotect_rtcp(std::span<std::uint8_t> packet);

private:
    struct State;
    explicit SrtpSession(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace studio::srtp
