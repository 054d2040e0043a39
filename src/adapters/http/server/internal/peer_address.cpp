#include "adapters/http/server/internal/peer_address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace studio::adapters::http {
namespace {

struct Network {
    std::uint32_t address;
    unsigned bits;
};

constexpr std::array<Network, 6> internal_networks{{{0x7F000000, 8},
                                                    {0x0A000000, 8},
                                                    {0xAC100000, 12},
                                                    {0xC0A80000, 16},
                                                    {0xA9FE0000, 16},
                                                    {0x64400000, 10}}};

}  // namespace

bool is_internal_address(boost::asio::ip::address address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        address = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
    }
    if (address.is_v6()) {
        const auto bytes = address.to_v6().to_bytes();
        return address.is_loopback() || address.to_v6().is_link_local() ||
               (bytes[0] & 0xFEU) == 0xFCU;
    }
    const std::uint32_t number = address.to_v4().to_uint();
    return std::any_of(internal_networks.begin(), internal_networks.end(),
                       [number](const Network& network) {
                           return (number ^ network.address) >> (32U - network.bits) == 0;
                       });
}

}  // namespace studio::adapters::http
