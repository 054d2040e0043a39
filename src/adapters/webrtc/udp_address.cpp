#include "adapters/webrtc/udp_address.hpp"

namespace studio::adapters {
namespace {

/// PeerOptions::local_addresses takes no more.
constexpr std::size_t addresses_max = 8;

}  // namespace

std::vector<net::Address> host_addresses(const std::vector<std::string>& names,
                                         std::uint16_t port) {
    std::vector<net::Address> addresses;
    for (const std::string& name : names) {
        if (const auto address = net::Address::parse(name, port)) {
            addresses.push_back(*address);
        }
    }
    if (names.empty()) {
        for (const runtime::UdpAddress& local : runtime::local_addresses()) {
            addresses.push_back(net::Address::from_bytes(local.ip_bytes(), port));
        }
    }
    if (addresses.size() > addresses_max) {
        addresses.resize(addresses_max);
    }
    return addresses;
}

}  // namespace studio::adapters
