#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "protocol/net/address.hpp"
#include "runtime/udp_socket.hpp"

namespace studio::adapters {

[[nodiscard]] net::Address to_address(const runtime::UdpAddress& address);
[[nodiscard]] runtime::UdpAddress to_udp_address(const net::Address& address);

/// The host candidates of a socket: `advertised` (numeric) with the socket's port where there are
/// any; else the address that it is bound to; else, bound to all, the machine's. At most 8, the
/// limit of webrtc::PeerOptions. bad_address where a text is no numeric address.
[[nodiscard]] Result<std::vector<net::Address>, runtime::UdpError> make_host_addresses(
    const runtime::UdpSocket& socket, const std::vector<std::string>& advertised);

}  // namespace studio::adapters
