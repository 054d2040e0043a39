#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "runtime/asio_loop.hpp"

namespace studio::runtime {

/// Where a datagram came from or goes to, as the socket knows it: an IPv4 (4) or IPv6 (16 bytes)
/// address in network order and a port. Drivers turn it into their own type.
struct UdpAddress {
    std::array<std::uint8_t, 16> ip{};
    std::uint8_t ip_size = 0;
    std::uint16_t port = 0;

    [[nodiscard]] ByteView ip_bytes() const { return ByteView(ip).first(ip_size); }

    friend bool operator==(const UdpAddress&, const UdpAddress&) = default;
};

/// From 4 or 16 bytes in network order.
[[nodiscard]] UdpAddress make_udp_address(ByteView ip, std::uint16_t port);

struct UdpSocketOptions {
    /// Labels the metrics.
    std::string name = "udp";
    /// The numeric address to bind to. `::` takes IPv4 as well, where the machine has IPv6.
    std::string address = "0.0.0.0";
    /// 0 lets the kernel choose.
    std::uint16_t port = 0;
    /// What the kernel may hold while a loop is busy: 4 MiB is 100 ms of 20,000 packets/s of 2 KiB.
    /// The kernel's own limit (net.core.rmem_max) may be lower; then that is what we get.
    int kernel_buffer_bytes = 4 << 20;
    /// Datagrams gathered in one turn before they are flushed early.
    std::size_t send_batch_max = 64;
};

/// Why a socket could not be opened.
enum class UdpError : std::uint8_t {
    /// `address` is no numeric address.
    bad_address,
    /// The port is taken, or the address is not of this machine, or the right is missing.
    cannot_bind,
    /// No descriptor or no memory.
    no_resources,
};

/// One UDP socket on a loop. It reads up to 64 datagrams with one system call, into buffers that it
/// keeps, and gathers what is sent during a turn for one call at its end. Loop thread only.
///
/// Bound to all addresses of a machine that has several, it sends to a peer from the address that
/// the peer wrote to last: from another one the datagram would be a stranger's. The latest thousand
/// peers are remembered; to others the kernel chooses the address.
///
/// Metrics: studio_udp_datagrams_total and studio_udp_drops_total, labelled socket="…".
class UdpSocket {
public:
    /// A datagram is valid during the call only, and may be changed there (decryption in place).
    /// The function may destroy the socket.
    using OnDatagram =
        std::function<void(const UdpAddress& source, std::span<std::uint8_t> datagram)>;

    /// Datagrams longer than this are cut by the kernel and dropped here (metric
    /// reason="too_long").
    static constexpr std::size_t datagram_bytes_max = 2'048;

    [[nodiscard]] static Result<std::unique_ptr<UdpSocket>, UdpError> open(
        AsioLoop& loop, const UdpSocketOptions& options, OnDatagram on_datagram);

    UdpSocket(const UdpSocket&) = delete;
    UdpSocket& operator=(const UdpSocket&) = delete;
    /// Sends what was gathered, then closes.
    ~UdpSocket();

    /// Sends at the end of this turn. UDP promises nothing: what the kernel refuses (its buffer is
    /// full, no route) is dropped and counted.
    void send(const UdpAddress& target, ByteView datagram);

    /// The bound address; its port is the real one. Its IP is zeros where bound to all.
    [[nodiscard]] UdpAddress local_address() const;

private:
    struct State;

    explicit UdpSocket(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;
};

/// The addresses under which others may reach a socket that is bound to all: of every interface
/// that is up, without link-local ones, loopback last. Ports are 0.
[[nodiscard]] std::vector<UdpAddress> local_addresses();

}  // namespace studio::runtime
