#include "protocol/net/address.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace studio::net {
namespace {

// ::ffff:0:0/96, RFC 4291, section 2.5.5.2.
constexpr std::array<std::uint8_t, 12> v4_mapped_prefix = {0, 0, 0, 0, 0,    0,
                                                           0, 0, 0, 0, 0xFF, 0xFF};

}  // namespace

Address Address::from_bytes(ByteView ip, std::uint16_t port) {
    if (ip.size() == 16 && std::ranges::equal(ip.first(12), v4_mapped_prefix)) {
        ip = ip.subspan(12);
    }
    Address address;
    if (ip.size() != 4 && ip.size() != 16) {
        return address;
    }
    std::ranges::copy(ip, address.ip_.begin());
    address.size_ = static_cast<std::uint8_t>(ip.size());
    address.port_ = port;
    return address;
}

Address Address::from_v4(std::uint32_t ip, std::uint16_t port) {
    const std::array<std::uint8_t, 4> bytes = {
        static_cast<std::uint8_t>(ip >> 24U), static_cast<std::uint8_t>(ip >> 16U),
        static_cast<std::uint8_t>(ip >> 8U), static_cast<std::uint8_t>(ip)};
    return from_bytes(bytes, port);
}

std::optional<Address> Address::parse(std::string_view ip, std::uint16_t port) {
    // inet_pton wants a terminated string; no numeric address is longer than INET6_ADDRSTRLEN.
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (ip.empty() || ip.size() >= text.size() || ip.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    std::ranges::copy(ip, text.begin());
    std::array<std::uint8_t, 16> bytes{};
    if (::inet_pton(AF_INET, text.data(), bytes.data()) == 1) {
        return from_bytes(ByteView(bytes).first(4), port);
    }
    if (::inet_pton(AF_INET6, text.data(), bytes.data()) == 1) {
        return from_bytes(bytes, port);
    }
    return std::nullopt;
}

bool Address::is_loopback() const {
    if (is_v4()) {
        return ip_[0] == 127;
    }
    return is_v6() && ip_[15] == 1 &&
           std::all_of(ip_.begin(), ip_.begin() + 15, [](std::uint8_t byte) { return byte == 0; });
}

bool Address::is_unicast() const {
    if (empty() || port_ == 0) {
        return false;
    }
    if (is_v4()) {
        // 0.0.0.0/8 is "this network"; 224.0.0.0 and above are multicast, reserved and broadcast.
        return ip_[0] != 0 && ip_[0] < 224;
    }
    const bool unspecified = std::ranges::all_of(ip_, [](std::uint8_t byte) { return byte == 0; });
    return !unspecified && ip_[0] != 0xFF;
}

bool Address::is_link_local() const {
    if (is_v4()) {
        return ip_[0] == 169 && ip_[1] == 254;
    }
    return is_v6() && ip_[0] == 0xFE && (ip_[1] & 0xC0U) == 0x80;
}

std::string Address::ip_text() const {
    if (empty()) {
        return {};
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    const char* written =
        ::inet_ntop(is_v4() ? AF_INET : AF_INET6, ip_.data(), text.data(), text.size());
    return written == nullptr ? std::string() : std::string(written);
}

std::string Address::text() const {
    const std::string port = ":" + std::to_string(port_);
    return is_v6() ? "[" + ip_text() + "]" + port : ip_text() + port;
}

std::size_t Address::hash() const {
    // FNV-1a over all fields (draft-eastlake-fnv). Senders cannot choose more than their own
    // address and port, and the driver's table is bounded, so no keyed hash is needed.
    std::uint64_t value = 0xCBF29CE484222325U;
    const auto mix = [&value](std::uint8_t byte) { value = (value ^ byte) * 0x100000001B3U; };
    std::ranges::for_each(ip(), mix);
    mix(static_cast<std::uint8_t>(port_ >> 8U));
    mix(static_cast<std::uint8_t>(port_));
    return value;
}

}  // namespace studio::net
