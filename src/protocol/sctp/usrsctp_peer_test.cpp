#include <gtest/gtest.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include <usrsctp.h>
#pragma GCC diagnostic pop

#include <algorithm>
#include <cstring>
#include <deque>
#include <string>

#include "protocol/sctp/data_channels.hpp"

namespace studio::sctp {
namespace {

/// usrsctp as the peer: an implementation that shares nothing with ours and is the one in browsers
/// for many years. One per process.
class UsrsctpPeer {
public:
    UsrsctpPeer() {
        usrsctp_init_nothreads(0, &UsrsctpPeer::on_output, nullptr);
        usrsctp_sysctl_set_sctp_blackhole(2);
        usrsctp_sysctl_set_sctp_ecn_enable(0);
        usrsctp_register_address(this);
        socket_ = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, nullptr, nullptr, 0, nullptr);
        usrsctp_set_non_blocking(socket_, 1);
        sockaddr_conn address = this->address();
        usrsctp_bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        sctp_paddrparams parameters{};
        std::memcpy(&parameters.spp_address, &address, sizeof address);
        parameters.spp_flags = SPP_PMTUD_DISABLE;
        parameters.spp_pathmtu = 1160;
        usrsctp_setsockopt(socket_, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &parameters,
                           sizeof parameters);
        const int on = 1;
        usrsctp_setsockopt(socket_, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on);
        usrsctp_setsockopt(socket_, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof on);
    }
    UsrsctpPeer(const UsrsctpPeer&) = delete;
    UsrsctpPeer& operator=(const UsrsctpPeer&) = delete;
    ~UsrsctpPeer() {
        usrsctp_close(socket_);
        usrsctp_deregister_address(this);
        usrsctp_finish();
    }

    void connect() {
        sockaddr_conn address = this->address();
        usrsctp_connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
    void listen() { usrsctp_listen(socket_, 1); }
    void handle_packet(const Bytes& packet) {
        usrsctp_conninput(this, packet.data(), packet.size(), 0);
    }
    bool send(std::uint16_t stream, std::uint32_t protocol, ByteView data) {
        sctp_sndinfo info{};
        info.snd_sid = stream;
        info.snd_ppid = htonl(protocol);
        return usrsctp_sendv(socket_, data.data(), data.size(), nullptr, 0, &info, sizeof info,
                             SCTP_SENDV_SNDINFO, 0) == static_cast<ssize_t>(data.size());
    }
    struct Got {
        std::uint16_t stream = 0;
        std::uint32_t protocol = 0;
        Bytes data;
    };
    /// What the socket has: one message, perhaps in several reads.
    std::optional<Got> receive() {
        Got got;
        while (true) {
            Bytes part(70'000);
            sctp_rcvinfo info{};
            socklen_t from_size = 0;
            socklen_t info_size = sizeof info;
            unsigned int info_type = 0;
            int flags = 0;
            const auto size = usrsctp_recvv(socket_, part.data(), part.size(), nullptr, &from_size,
                                            &info, &info_size, &info_type, &flags);
            if (size <= 0) {
                return std::nullopt;
            }
            got.stream = info.rcv_sid;
            got.protocol = ntohl(info.rcv_ppid);
            got.data.insert(got.data.end(), part.begin(), part.begin() + size);
            if ((flags & MSG_EOR) != 0) {
                return got;
            }
        }
    }

    std::deque<Bytes> packets;

private:
    static int on_output(void* self, void* data, std::size_t size, std::uint8_t, std::uint8_t) {
        const auto* first = static_cast<const std::uint8_t*>(data);
        static_cast<UsrsctpPeer*>(self)->packets.emplace_back(first, first + size);
        return 0;
    }
    sockaddr_conn address() {
        sockaddr_conn address{};
        address.sconn_family = AF_CONN;
        address.sconn_port = htons(5000);
        address.sconn_addr = this;
        return address;
    }

    struct socket* socket_ = nullptr;
};

/// Runs both for a span of virtual time, losing packets by the seed.
void run(DataChannels& ours, UsrsctpPeer& peer, Instant& now, Entropy& entropy, unsigned loss,
         seconds span) {
    const Instant until = now + span;
    for (; now < until; now += milliseconds(10)) {
        for (int round = 0; round < 20; ++round) {
            while (auto packet = ours.poll_packet()) {
                if (entropy.u32() % 100 >= loss) {
                    peer.handle_packet(*packet);
                }
            }
            while (!peer.packets.empty()) {
                const Bytes packet = std::move(peer.packets.front());
                peer.packets.pop_front();
                if (entropy.u32() % 100 >= loss) {
                    ours.handle_packet(packet, now);
                }
            }
        }
        if (ours.next_deadline() && *ours.next_deadline() <= now) {
            ours.handle_timeout(now);
        }
        usrsctp_handle_timers(10);
    }
}

TEST(UsrsctpPeer, SpeaksWithUs) {
    for (const unsigned loss : {0U, 10U}) {
        SeededEntropy entropy(loss + 1);
        UsrsctpPeer peer;
        DataChannels ours({}, entropy);
        Instant now{seconds(1)};
        // Both begin, as browsers do.
        ours.start(now);
        peer.connect();
        const auto channel = ours.open("events", "", Order::ordered, now);
        ASSERT_TRUE(channel);
        Bytes large(60'000);
        entropy.fill(large);
        ASSERT_TRUE(ours.send(*channel, MessageKind::binary, large, now));
        ASSERT_TRUE(ours.send(*channel, MessageKind::text, bytes_of("short"), now));
        run(ours, peer, now, entropy, loss, seconds(60));

        auto got = peer.receive();
        ASSERT_TRUE(got);
        EXPECT_EQ(got->protocol, 50U);
        got = peer.receive();
        ASSERT_TRUE(got);
        EXPECT_EQ(got->protocol, 53U);
        EXPECT_EQ(got->data, large);
        got = peer.receive();
        ASSERT_TRUE(got);
        EXPECT_EQ(text_of(got->data), "short");

        const Bytes ack{2};
        ASSERT_TRUE(peer.send(*channel, 50, ack));
        ASSERT_TRUE(peer.send(*channel, 53, large));
        const Bytes open{3, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 'm'};
        ASSERT_TRUE(peer.send(1, 50, open));
        ASSERT_TRUE(peer.send(1, 51, bytes_of("hi")));
        run(ours, peer, now, entropy, loss, seconds(60));
        std::vector<std::string> seen;
        while (const auto event = ours.poll_event()) {
            if (std::get_if<AssociationUp>(&*event) != nullptr) {
                seen.emplace_back("up");
            } else if (std::get_if<ChannelAccepted>(&*event) != nullptr) {
                seen.emplace_back("accepted");
            } else if (const auto* opened = std::get_if<ChannelOpened>(&*event)) {
                seen.push_back("opened " + opened->label);
            } else if (const auto* message = std::get_if<ChannelMessage>(&*event)) {
                seen.emplace_back(message->data == large ? "large"
                                                         : std::string(text_of(message->data)));
            }
        }
        std::sort(seen.begin(), seen.end());
        EXPECT_EQ(seen, (std::vector<std::string>{"accepted", "hi", "large", "opened m", "up"}))
            << loss;
        got = peer.receive();
        ASSERT_TRUE(got);
        EXPECT_EQ(got->stream, 1);
        EXPECT_EQ(got->data, ack);
        ours.close();
        run(ours, peer, now, entropy, 0, seconds(1));
        EXPECT_FALSE(peer.receive());
        EXPECT_FALSE(peer.send(1, 51, bytes_of("late")));
    }
}

}  // namespace
}  // namespace studio::sctp
