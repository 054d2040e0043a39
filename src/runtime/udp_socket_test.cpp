#include "runtime/udp_socket.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/metric.hpp"

namespace studio::runtime {
namespace {

UdpSocketOptions loopback(std::string name, std::string address = "127.0.0.1") {
    return {.name = std::move(name), .address = std::move(address)};
}

std::unique_ptr<UdpSocket> open(AsioLoop& loop, const UdpSocketOptions& options,
                                UdpSocket::OnDatagram on_datagram) {
    auto socket = UdpSocket::open(loop, options, std::move(on_datagram));
    return socket ? std::move(*socket) : nullptr;
}

TEST(UdpSocket, CarriesMoreThanOneBatchInOrder) {
    AsioLoop loop;
    std::vector<std::uint8_t> got;
    UdpAddress source;
    const auto receiver =
        open(loop, loopback("receiver"), [&](const UdpAddress& from, ByteView datagram) {
            source = from;
            got.push_back(datagram[0]);
            if (got.size() == 150) {
                loop.stop();
            }
        });
    const auto sender = open(loop, loopback("sender"), [](const UdpAddress&, ByteView) {});
    ASSERT_TRUE(receiver && sender);
    loop.post([&] {
        for (std::uint8_t index = 0; index < 150; ++index) {
            sender->send(receiver->local_address(), std::array{index, std::uint8_t{1}});
        }
    });
    loop.run();
    EXPECT_TRUE(std::is_sorted(got.begin(), got.end()));
    EXPECT_EQ(source, sender->local_address());
    EXPECT_NE(source.port, 0);
}

TEST(UdpSocket, SpeaksBothFamiliesFromOneSocket) {
    AsioLoop loop;
    std::unique_ptr<UdpSocket> both;
    both = open(loop, loopback("both", "::"), [&](const UdpAddress& from, ByteView datagram) {
        EXPECT_EQ(from.ip_size, 4);
        both->send(from, datagram);
    });
    if (!both) {
        GTEST_SKIP() << "no IPv6 on this machine";
    }
    const auto v4 = open(loop, loopback("v4"), [&](const UdpAddress&, ByteView datagram) {
        EXPECT_EQ(text_of(datagram), "echo");
        loop.stop();
    });
    ASSERT_TRUE(v4);
    UdpAddress target = v4->local_address();
    target.port = both->local_address().port;
    v4->send(target, bytes_of("echo"));
    loop.run();
}

/// One socket bound to all answers peers that know the machine by different addresses.
void expect_answers_from_the_address_written_to(const std::string& bind_address) {
    AsioLoop loop;
    std::unique_ptr<UdpSocket> server;
    server = open(loop, loopback("multihomed", bind_address),
                  [&](const UdpAddress& from, ByteView datagram) { server->send(from, datagram); });
    if (!server) {
        GTEST_SKIP() << "no IPv6 on this machine";
    }
    constexpr std::array<std::uint8_t, 4> last_bytes{1, 2, 1, 3};
    std::vector<std::unique_ptr<UdpSocket>> peers;
    std::vector<UdpAddress> answered_from(last_bytes.size());
    std::size_t answers = 0;
    for (std::size_t index = 0; index < last_bytes.size(); ++index) {
        peers.push_back(open(loop, loopback("peer"), [&, index](const UdpAddress& from, ByteView) {
            answered_from[index] = from;
            if (++answers == last_bytes.size()) {
                loop.stop();
            }
        }));
        ASSERT_TRUE(peers.back());
        const std::array<std::uint8_t, 4> ip{127, 0, 0, last_bytes[index]};
        peers.back()->send(make_udp_address(ip, server->local_address().port), bytes_of("ping"));
    }
    loop.run();
    for (std::size_t index = 0; index < last_bytes.size(); ++index) {
        const std::array<std::uint8_t, 4> ip{127, 0, 0, last_bytes[index]};
        EXPECT_EQ(answered_from[index], make_udp_address(ip, server->local_address().port));
    }
}

TEST(UdpSocket, AnswersFromTheAddressWrittenTo) {
    expect_answers_from_the_address_written_to("0.0.0.0");
}

TEST(UdpSocket, AnswersFromTheAddressWrittenToOnBothFamilies) {
    expect_answers_from_the_address_written_to("::");
}

TEST(UdpSocket, MayBeDestroyedByItsOwnDatagram) {
    AsioLoop loop;
    int got = 0;
    std::unique_ptr<UdpSocket> victim;
    victim = open(loop, loopback("victim"), [&](const UdpAddress&, ByteView) {
        ++got;
        victim.reset();
        loop.post([&] { loop.stop(); });
    });
    const auto sender = open(loop, loopback("killer"), [](const UdpAddress&, ByteView) {});
    ASSERT_TRUE(victim && sender);
    sender->send(victim->local_address(), bytes_of("1"));
    sender->send(victim->local_address(), bytes_of("2"));
    loop.run();
    EXPECT_EQ(got, 1);
}

TEST(UdpSocket, DropsAndCountsWhatCannotBeSentOrIsTooLong) {
    AsioLoop loop;
    std::vector<std::size_t> sizes;
    const auto receiver = open(loop, loopback("strict"), [&](const UdpAddress&, ByteView datagram) {
        sizes.push_back(datagram.size());
        loop.stop();
    });
    const auto sender = open(loop, loopback("careless"), [](const UdpAddress&, ByteView) {});
    ASSERT_TRUE(receiver && sender);
    const Bytes long_one(UdpSocket::datagram_bytes_max + 1);
    sender->send(receiver->local_address(), long_one);
    const auto v6 = make_udp_address(Bytes(16, 1), 9);
    sender->send(v6, bytes_of("x"));
    sender->send(UdpAddress{}, bytes_of("x"));
    sender->send(receiver->local_address(),
                 ByteView(long_one).first(UdpSocket::datagram_bytes_max));
    loop.run();
    EXPECT_EQ(sizes, std::vector<std::size_t>{UdpSocket::datagram_bytes_max});
    EXPECT_EQ(metrics()
                  .counter("studio_udp_drops_total", "", "socket=\"careless\",reason=\"not_sent\"")
                  .value(),
              3U);
}

TEST(UdpSocket, SaysWhyItCannotOpen) {
    AsioLoop loop;
    const auto ignore = [](const UdpAddress&, ByteView) {};
    EXPECT_EQ(UdpSocket::open(loop, loopback("bad", "localhost"), ignore).error(),
              UdpError::bad_address);
    EXPECT_EQ(UdpSocket::open(loop, loopback("foreign", "192.0.2.1"), ignore).error(),
              UdpError::cannot_bind);
    const auto first = open(loop, loopback("first"), ignore);
    UdpSocketOptions taken = loopback("second");
    taken.port = first->local_address().port;
    EXPECT_EQ(UdpSocket::open(loop, taken, ignore).error(), UdpError::cannot_bind);
}

TEST(LocalAddresses, HaveLoopbackLastAndNoLinkLocal) {
    const auto addresses = local_addresses();
    ASSERT_FALSE(addresses.empty());
    const auto loopback_v4 = make_udp_address(std::array<std::uint8_t, 4>{127, 0, 0, 1}, 0);
    EXPECT_NE(std::find(addresses.begin(), addresses.end(), loopback_v4), addresses.end());
    for (const UdpAddress& address : addresses) {
        EXPECT_FALSE(address.ip_size == 16 && address.ip[0] == 0xFE && address.ip[1] == 0x80);
    }
}

}  // namespace
}  // namespace studio::runtime
