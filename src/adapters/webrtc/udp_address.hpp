#pragma once

#include <string>
#include <vector>

#include "protocol/net/address.hpp"
#include "runtime/udp_socket.hpp"

namespace studio::adapters {

/// The machines' form of a socket's address, and back.
[[nodiscard]] inline net::Address to_address(const runtime::UdpAddress& address) {
    return net::Address::from_bytes(address.ip_bytes(), address.port);
}
[[nodiscard]] inline runtime::UdpAddress to_udp_address(const net::Address& address) {
    return runtime::make_udp_address(address.ip(), address.port());
}

/// Our host candidates: the named addresses, or those of the interfaces, with this port. At most 8;
/// what is no numeric address is left out.
[[nodiscard]] std::vector<net::Address> host_addresses(const std::vector<std::string>& names,
                                                       std::uint16_t port);

}  // namespace studio::adapters
