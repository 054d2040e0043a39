#include <gtest/gtest.h>

#include <memory>

#include "runtime/internal/reply_addresses.hpp"

namespace studio::runtime {
namespace {

UdpAddress peer(std::uint8_t last, std::uint16_t port) {
    return make_udp_address(std::array<std::uint8_t, 4>{192, 0, 2, last}, port);
}

LocalIp local(std::uint8_t last) {
    LocalIp ip;
    ip.bytes[15] = last;
    ip.known = true;
    return ip;
}

TEST(ReplyAddresses, KnowsThePeersLatestWord) {
    const auto table = std::make_unique<ReplyAddresses>();
    EXPECT_EQ(table->find(peer(1, 1)), nullptr);
    EXPECT_EQ(table->find(UdpAddress{}), nullptr);
    table->learn(peer(1, 1), local(5));
    table->learn(peer(1, 2), local(6));
    table->learn(peer(1, 1), LocalIp{});
    ASSERT_NE(table->find(peer(1, 1)), nullptr);
    EXPECT_EQ(table->find(peer(1, 1))->bytes[15], 5);
    EXPECT_EQ(table->find(peer(1, 2))->bytes[15], 6);
    table->learn(peer(1, 1), local(7));
    EXPECT_EQ(table->find(peer(1, 1))->bytes[15], 7);
    EXPECT_EQ(table->find(peer(2, 1)), nullptr);
}

/// 400 calls of a loop fit, whatever their ports; a flood of strangers takes no more room, and who
/// was pushed out is back with one datagram.
TEST(ReplyAddresses, HoldsTheCallsOfALoopAndSurvivesAFlood) {
    const auto table = std::make_unique<ReplyAddresses>();
    for (std::uint16_t port = 0; port < 400; ++port) {
        table->learn(peer(9, static_cast<std::uint16_t>(40'000 + port)), local(1));
    }
    int known = 0;
    for (std::uint16_t port = 0; port < 400; ++port) {
        known += table->find(peer(9, static_cast<std::uint16_t>(40'000 + port))) != nullptr ? 1 : 0;
    }
    EXPECT_GE(known, 380);
    for (std::uint16_t port = 0; port < 65'000; ++port) {
        table->learn(peer(7, port), local(2));
    }
    table->learn(peer(9, 40'000), local(1));
    ASSERT_NE(table->find(peer(9, 40'000)), nullptr);
    EXPECT_EQ(table->find(peer(9, 40'000))->bytes[15], 1);
}

}  // namespace
}  // namespace studio::runtime
