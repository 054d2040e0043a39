#include "adapters/webrtc/addresses.hpp"

#include <algorithm>

namespace studio::adapters {
namespace {

constexpr std::size_t addresses_max = 8;

bool is_any(const runtime::UdpAddress& address) {
    return std::ranges::all_of(address.ip_bytes(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

net::Address to_address(const runtime::UdpAddress& address) {
    return net::Address::from_bytes(address.ip_bytes(), address.port);
}

runtime::UdpAddress to_udp_address(const net::Address& address) {
    return runtime::make_udp_address(address.ip(), address.port());
}

Result<std::vector<net::Address>, runtime::UdpError> make_host_addresses(
    const runtime::UdpSocket& socket, const std::vector<std::string>& advertised) {
    const runtime::UdpAddress bound = socket.local_address();
    std::vector<net::Address> addresses;
    for (const std::string& text : advertised) {
        const auto address = net::Address::parse(text, bound.port);
        if (!address) {
            return fail(runtime::UdpError::bad_address);
        }
        addresses.push_back(*address);
    }
    if (addresses.empty() && !is_any(bound)) {
        addresses.push_back(to_address(bound));
    }
    if (addresses.empty()) {
        for (const runtime::UdpAddress& local : runtime::local_addresses()) {
            // An IPv4 socket cannot be reached at IPv6 addresses.
            if (local.ip_size <= bound.ip_size) {
                addresses.push_back(net::Address::from_bytes(local.ip_bytes(), bound.port));
            }
        }
    }
    addresses.resize(std::min(addresses.size(), addresses_max));
    return addresses;
}

}  // namespace studio::adapters
