#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace studio::net {

/// An IPv4 or IPv6 address with a UDP port: a plain value without a socket library behind it. A
/// default one is empty (neither family) and is never a destination.
///
/// An IPv4 address mapped into IPv6 (::ffff:a.b.c.d) becomes plain IPv4 in from_bytes, so that a
/// dual-stack socket and an IPv4 socket name the same peer alike.
class Address {
public:
    Address() = default;

    /// From 4 or 16 bytes in network order; empty for any other size.
    [[nodiscard]] static Address from_bytes(ByteView ip, std::uint16_t port);
    /// From the number of an IPv4 address in host order: 0x7F000001 is 127.0.0.1.
    [[nodiscard]] static Address from_v4(std::uint32_t ip, std::uint16_t port);
    /// From a numeric address without brackets or zone ("192.0.2.1", "2001:db8::1"); nothing where
    /// the text is none. Host names are never looked up.
    [[nodiscard]] static std::optional<Address> parse(std::string_view ip, std::uint16_t port);

    /// The address in network order: 4, 16 or (empty) 0 bytes.
    [[nodiscard]] ByteView ip() const { return ByteView(ip_).first(size_); }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] bool is_v4() const { return size_ == 4; }
    [[nodiscard]] bool is_v6() const { return size_ == 16; }
    /// 127.0.0.0/8 or ::1.
    [[nodiscard]] bool is_loopback() const;
    /// Whether a UDP datagram may be sent there as part of a call: not empty, port not 0, and
    /// neither unspecified, multicast nor broadcast. What SDP names is hostile.
    [[nodiscard]] bool is_unicast() const;
    /// 169.254.0.0/16 or fe80::/10, which mean nothing without an interface.
    [[nodiscard]] bool is_link_local() const;

    /// The address alone: "192.0.2.1", "2001:db8::1" (RFC 5952).
    [[nodiscard]] std::string ip_text() const;
    /// With its port: "192.0.2.1:5000", "[2001:db8::1]:5000".
    [[nodiscard]] std::string text() const;

    [[nodiscard]] std::size_t hash() const;

    auto operator<=>(const Address&) const = default;

private:
    std::array<std::uint8_t, 16> ip_{};
    std::uint8_t size_ = 0;
    std::uint16_t port_ = 0;
};

}  // namespace studio::net

template <>
struct std::hash<studio::net::Address> {
    std::size_t operator()(const studio::net::Address& address) const noexcept {
        return address.hash();
    }
};
