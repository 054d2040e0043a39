#include "protocol/net/public_address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace studio::net {
namespace {

struct RangeV4 {
    std::uint32_t first;
    unsigned prefix_bits;
};

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) {
    return (a << 24U) | (b << 16U) | (c << 8U) | d;
}

/// IANA IPv4 Special-Purpose Address Registry, multicast (RFC 5771), and one address that looks
/// public and is not.
constexpr std::array special_v4{
    RangeV4{v4(0, 0, 0, 0), 8}, RangeV4{v4(10, 0, 0, 0), 8}, RangeV4{v4(100, 64, 0, 0), 10},
    RangeV4{v4(127, 0, 0, 0), 8}, RangeV4{v4(169, 254, 0, 0), 16}, RangeV4{v4(172, 16, 0, 0), 12},
    RangeV4{v4(192, 0, 0, 0), 24}, RangeV4{v4(192, 0, 2, 0), 24}, RangeV4{v4(192, 88, 99, 0), 24},
    RangeV4{v4(192, 168, 0, 0), 16}, RangeV4{v4(198, 18, 0, 0), 15},
    RangeV4{v4(198, 51, 100, 0), 24}, RangeV4{v4(203, 0, 113, 0), 24}, RangeV4{v4(224, 0, 0, 0), 4},
    RangeV4{v4(240, 0, 0, 0), 4},
    // The host's own service inside Azure's machines.
    RangeV4{v4(168, 63, 129, 16), 32}};

bool is_public_v4(std::uint32_t address) {
    return std::ranges::none_of(special_v4, [address](const RangeV4& range) {
        return ((address ^ range.first) >> (32U - range.prefix_bits)) == 0;
    });
}

using BytesV6 = std::array<std::uint8_t, 16>;

struct RangeV6 {
    BytesV6 first;
    unsigned prefix_bits;
};

bool is_in(const BytesV6& address, const RangeV6& range) {
    const unsigned whole = range.prefix_bits / 8;
    const unsigned rest = range.prefix_bits % 8;
    if (!std::equal(address.begin(), address.begin() + whole, range.first.begin())) {
        return false;
    }
    return rest == 0 || (address[whole] >> (8U - rest)) == (range.first[whole] >> (8U - rest));
}

constexpr RangeV6 mapped_v4{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 96};
/// How a network that speaks IPv6 only names an IPv4 host (RFC 6052).
constexpr RangeV6 nat64{{0x00, 0x64, 0xFF, 0x9B}, 96};
/// All that is handed out so far; what is not in it is local, multicast or nobody's (RFC 4291).
constexpr RangeV6 global_unicast{{0x20}, 3};
/// Inside it: protocol assignments with Teredo, documentation (two), 6to4, whose relays lead
/// anywhere.
constexpr std::array special_v6{RangeV6{{0x20, 0x01, 0x00}, 23},
                                RangeV6{{0x20, 0x01, 0x0D, 0xB8}, 32},
                                RangeV6{{0x3F, 0xFF, 0x00}, 20}, RangeV6{{0x20, 0x02}, 16}};

bool is_public_v6(const BytesV6& address) {
    if (is_in(address, mapped_v4) || is_in(address, nat64)) {
        return is_public_v4(v4(address[12], address[13], address[14], address[15]));
    }
    return is_in(address, global_unicast) &&
           std::ranges::none_of(special_v6,
                                [&](const RangeV6& range) { return is_in(address, range); });
}

}  // namespace

bool is_public_address(const Address& address) {
    const ByteView ip = address.ip();
    if (address.is_v4()) {
        return is_public_v4(v4(ip[0], ip[1], ip[2], ip[3]));
    }
    if (address.is_v6()) {
        BytesV6 bytes{};
        std::ranges::copy(ip, bytes.begin());
        return is_public_v6(bytes);
    }
    return false;
}

}  // namespace studio::net
