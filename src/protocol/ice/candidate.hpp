#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "protocol/net/address.hpp"

namespace studio::ice {

enum class CandidateType : std::uint8_t {
    /// An address of the peer's own.
    host,
    /// As a STUN server sees it.
    server_reflexive,
    /// As the peer's checks show it.
    peer_reflexive,
    /// On a TURN server.
    relay,
};

/// An address at which one side may be reached by UDP (RFC 8839, section 5.1).
struct Candidate {
    net::Address address;
    CandidateType type = CandidateType::host;
    /// 1..2^31-1, higher is better.
    std::uint32_t priority = 0;
    /// 1..32 letters, digits, '+' or '/'.
    std::string foundation = "1";

    bool operator==(const Candidate&) const = default;
};

enum class CandidateError : std::uint8_t {
    /// Not a candidate line of RFC 8839.
    malformed,
    /// Well formed, but of no use to us: TCP, another component than RTP, a host name (among them
    /// mDNS names, which would have to be looked up) or an address that no call may use. Ignore it.
    unusable,
};

/// Longest line that is read.
inline constexpr std::size_t candidate_bytes_max = 512;

/// Reads "candidate:…" or "a=candidate:…", with any extension pairs behind, which are passed over.
[[nodiscard]] Result<Candidate, CandidateError> parse_candidate(std::string_view line);

/// The value of an SDP attribute, without "a=": "candidate:1 1 udp 2130706431 192.0.2.1 5000 typ
/// host".
[[nodiscard]] std::string serialize_candidate(const Candidate& candidate);

/// RFC 8445, section 5.1.2.1, for component 1. `preference` ranks addresses of one type, 65535
/// best.
[[nodiscard]] std::uint32_t candidate_priority(CandidateType type, std::uint16_t preference);

}  // namespace studio::ice
