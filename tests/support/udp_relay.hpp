#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "base/entropy.hpp"
#include "base/time.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/udp_socket.hpp"

namespace studio::test {

struct UdpRelayOptions {
    /// Where the datagrams of clients go: a port on 127.0.0.1.
    std::uint16_t server_port = 0;
    /// Share of datagrams that are lost, 0..1, in each direction.
    double loss = 0.0;
    /// Each datagram is delayed by a uniform part of this, so that they overtake each other.
    milliseconds jitter_max{0};
    std::uint64_t seed = 1;
};

/// A bad network between one client and one server on this machine: it loses and delays datagrams
/// as its seed says. The server sees the relay's own address. Loop thread only.
class UdpRelay {
public:
    UdpRelay(runtime::AsioLoop& loop, const UdpRelayOptions& options)
        : loop_(loop), options_(options), random_(options.seed) {
        client_side_ = open([this](const runtime::UdpAddress& source, ByteView datagram) {
            client_ = source;
            pass(datagram, true);
        });
        server_side_ =
            open([this](const runtime::UdpAddress&, ByteView datagram) { pass(datagram, false); });
        server_ = runtime::make_udp_address(std::array<std::uint8_t, 4>{127, 0, 0, 1},
                                            options.server_port);
    }

    /// The port on 127.0.0.1 that clients send to.
    [[nodiscard]] std::uint16_t port() const { return client_side_->local_address().port; }
    [[nodiscard]] std::uint64_t passed() const { return passed_; }
    [[nodiscard]] std::uint64_t lost() const { return lost_; }

private:
    std::unique_ptr<runtime::UdpSocket> open(runtime::UdpSocket::OnDatagram on_datagram) {
        auto socket = runtime::UdpSocket::open(loop_, {.name = "relay", .address = "127.0.0.1"},
                                               std::move(on_datagram));
        STUDIO_CHECK(socket, "loopback has a free UDP port");
        return std::move(*socket);
    }

    void pass(ByteView datagram, bool to_server) {
        if (static_cast<double>(random_.u32()) / 4'294'967'296.0 < options_.loss) {
            ++lost_;
            return;
        }
        ++passed_;
        const auto spread = static_cast<std::uint64_t>(nanoseconds(options_.jitter_max).count());
        const nanoseconds delay(spread == 0 ? 0 : random_.u64() % spread);
        const std::uint64_t key = next_key_++;
        Delayed& delayed = delayed_[key];
        delayed.bytes.assign(datagram.begin(), datagram.end());
        delayed.to_server = to_server;
        delayed.timer = loop_.start_timer(loop_.now() + delay, [this, key] { forward(key); });
    }

    void forward(std::uint64_t key) {
        const auto node = delayed_.extract(key);
        const Delayed& delayed = node.mapped();
        if (delayed.to_server) {
            server_side_->send(server_, delayed.bytes);
        } else if (client_.port != 0) {
            client_side_->send(client_, delayed.bytes);
        }
    }

    struct Delayed {
        Bytes bytes;
        bool to_server = false;
        std::unique_ptr<runtime::Timer> timer;
    };

    runtime::AsioLoop& loop_;
    UdpRelayOptions options_;
    SeededEntropy random_;
    runtime::UdpAddress client_;
    runtime::UdpAddress server_;
    std::uint64_t next_key_ = 0;
    std::uint64_t passed_ = 0;
    std::uint64_t lost_ = 0;
    std::map<std::uint64_t, Delayed> delayed_;
    std::unique_ptr<runtime::UdpSocket> client_side_;
    std::unique_ptr<runtime::UdpSocket> server_side_;
};

/// The SDP with every host candidate's port `from` made `to`, so that its reader calls the relay.
[[nodiscard]] inline std::string with_candidate_port(std::string sdp, std::uint16_t from,
                                                     std::uint16_t to) {
    const std::string wanted = ' ' + std::to_string(from) + " typ host";
    const std::string replacement = ' ' + std::to_string(to) + " typ host";
    for (auto at = sdp.find(wanted); at != std::string::npos;
         at = sdp.find(wanted, at + replacement.size())) {
        sdp.replace(at, wanted.size(), replacement);
    }
    return sdp;
}

}  // namespace studio::test
