#include <gtest/gtest.h>

#include <vector>

#include "protocol/rtp/receiver.hpp"
#include "protocol/rtp/rtcp_schedule.hpp"
#include "protocol/rtp/sender.hpp"

namespace studio::rtp {
namespace {

constexpr Instant start{seconds(1000)};

Packet numbered(std::uint16_t sequence) {
    Packet packet;
    packet.sequence = sequence;
    packet.timestamp = sequence * 960U;
    packet.ssrc = 42;
    return packet;
}

std::vector<std::uint16_t> asked(Receiver& receiver, Instant now) {
    const NackSequences sequences = receiver.poll_nack(now);
    return {sequences.begin(), sequences.end()};
}

TEST(Receiver, CountsLossAcrossTheWrap) {
    Receiver receiver({});
    for (std::uint32_t sequence = 65'500; sequence < 65'600; ++sequence) {
        if (sequence % 10 != 0) {
            receiver.handle_packet(numbered(static_cast<std::uint16_t>(sequence)), start);
        }
    }
    // The first packet is 65501: ninety-nine expected, nine of them divisible by ten.
    const auto report = receiver.make_report(start);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->ssrc, 42U);
    EXPECT_EQ(report->cumulative_lost, 9);
    EXPECT_EQ(report->highest_sequence, 65'599U);
    EXPECT_EQ(report->fraction_lost, 9 * 256 / 99);
    EXPECT_EQ(receiver.make_report(start)->fraction_lost, 0);
}

TEST(Receiver, TellsLateFromDuplicate) {
    Receiver receiver({});
    EXPECT_EQ(receiver.handle_packet(numbered(10), start).arrival, Arrival::in_order);
    EXPECT_EQ(receiver.handle_packet(numbered(12), start).arrival, Arrival::in_order);
    EXPECT_EQ(receiver.handle_packet(numbered(11), start).arrival, Arrival::late);
    EXPECT_EQ(receiver.handle_packet(numbered(11), start).arrival, Arrival::duplicate);
    EXPECT_EQ(receiver.handle_packet(numbered(12), start).arrival, Arrival::duplicate);
    EXPECT_EQ(receiver.handle_packet(numbered(9), start).arrival, Arrival::duplicate);
    EXPECT_EQ(receiver.handle_packet(numbered(400), start).arrival, Arrival::in_order);
    EXPECT_EQ(receiver.handle_packet(numbered(145), start).arrival, Arrival::late);
    EXPECT_EQ(receiver.handle_packet(numbered(145), start).arrival, Arrival::duplicate);
    EXPECT_EQ(receiver.handle_packet(numbered(144), start).arrival, Arrival::duplicate);
    EXPECT_EQ(receiver.stats().packets_received, 5U);
    EXPECT_EQ(receiver.stats().packets_duplicate, 5U);
}

TEST(Receiver, AJumpNeedsASecondPacket) {
    Receiver receiver({});
    receiver.handle_packet(numbered(10), start);
    EXPECT_EQ(receiver.handle_packet(numbered(30'000), start).arrival, Arrival::out_of_range);
    EXPECT_EQ(receiver.handle_packet(numbered(11), start).arrival, Arrival::in_order);
    EXPECT_EQ(receiver.handle_packet(numbered(30'001), start).arrival, Arrival::out_of_range);
    EXPECT_EQ(receiver.handle_packet(numbered(30'002), start).arrival, Arrival::restarted);
    EXPECT_EQ(receiver.handle_packet(numbered(30'003), start).arrival, Arrival::in_order);
    EXPECT_EQ(receiver.stats().packets_lost, 0U);
    EXPECT_EQ(receiver.next_deadline(), std::nullopt);
}

TEST(Receiver, AsksForHolesAFewTimesOnly) {
    Receiver receiver({});
    receiver.handle_packet(numbered(1), start);
    receiver.handle_packet(numbered(4), start);
    EXPECT_TRUE(asked(receiver, start).empty());
    ASSERT_EQ(receiver.next_deadline(), start + milliseconds(10));
    EXPECT_EQ(asked(receiver, start + milliseconds(10)), (std::vector<std::uint16_t>{2, 3}));
    EXPECT_TRUE(asked(receiver, start + milliseconds(20)).empty());
    EXPECT_EQ(receiver.handle_packet(numbered(2), start + milliseconds(30)).arrival, Arrival::late);
    EXPECT_EQ(receiver.stats().packets_recovered, 1U);
    receiver.set_round_trip(milliseconds(100));
    EXPECT_EQ(asked(receiver, start + milliseconds(50)), (std::vector<std::uint16_t>{3}));
    EXPECT_TRUE(asked(receiver, start + milliseconds(100)).empty());
    EXPECT_EQ(asked(receiver, start + milliseconds(150)), (std::vector<std::uint16_t>{3}));
    EXPECT_TRUE(asked(receiver, start + seconds(1)).empty());
    EXPECT_EQ(receiver.next_deadline(), std::nullopt);
    EXPECT_EQ(receiver.stats().nacks_sent, 4U);
}

TEST(Receiver, TheListOfHolesIsBounded) {
    Receiver receiver({});
    receiver.handle_packet(numbered(1), start);
    receiver.handle_packet(numbered(2000), start);
    const auto sequences = asked(receiver, start + milliseconds(10));
    ASSERT_EQ(sequences.size(), 32U);
    EXPECT_EQ(sequences.front(), 1968);
    EXPECT_EQ(sequences.back(), 1999);
}

TEST(Receiver, JitterFollowsTheTransitDifference) {
    Receiver steady({});
    Receiver shaken({});
    for (std::uint16_t index = 0; index < 400; ++index) {
        const Instant sent = start + milliseconds(20 * index);
        steady.handle_packet(numbered(index), sent);
        shaken.handle_packet(numbered(index), sent + milliseconds(index % 2 * 10));
    }
    EXPECT_EQ(steady.stats().jitter, microseconds(0));
    EXPECT_NEAR(static_cast<double>(shaken.stats().jitter.count()), 10'000, 500);
}

TEST(SenderAndReceiver, RoundTripFromReports) {
    SeededEntropy entropy(3);
    SenderOptions options;
    options.wall_at_start = WallTime(milliseconds(1'700'000'000'123));
    Sender sender(options, entropy, start);
    EXPECT_FALSE(sender.make_report(start));
    const auto header = sender.next_header(0, true, 60, start);
    Receiver receiver({});
    Packet packet = numbered(header.sequence);
    packet.ssrc = header.ssrc;
    receiver.handle_packet(packet, start);
    const auto report = sender.make_report(start + milliseconds(100));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->rtp_timestamp, header.timestamp + 4800);
    EXPECT_EQ(report->ntp_time >> 32U, 1'700'000'000U + 2'208'988'800U);
    EXPECT_EQ(report->octet_count, 60U);
    receiver.handle_sender_report(*report, start + milliseconds(130));
    const auto block = receiver.make_report(start + milliseconds(630));
    ASSERT_TRUE(block);
    EXPECT_EQ(block->delay_since_sender_report, 32'768U);
    sender.handle_report(*block, start + milliseconds(670));
    EXPECT_NEAR(static_cast<double>(sender.stats().round_trip.count()), 70'000, 100);
    ReportBlock foreign = *block;
    foreign.ssrc ^= 1U;
    foreign.fraction_lost = 200;
    sender.handle_report(foreign, start + milliseconds(670));
    EXPECT_EQ(sender.stats().fraction_lost, 0);
}

TEST(Sender, RepeatsWhatItRemembers) {
    SeededEntropy entropy(4);
    Sender sender({}, entropy, start);
    std::uint16_t first = 0;
    for (std::uint16_t index = 0; index < 26; ++index) {
        const auto header = sender.next_header(index * 960U, false, 3, start);
        first = index == 0 ? header.sequence : first;
        EXPECT_EQ(header.sequence, static_cast<std::uint16_t>(first + index));
        sender.remember(header.sequence, Bytes{1, 2, static_cast<std::uint8_t>(index)});
    }
    EXPECT_FALSE(sender.repeat(first, start));
    const auto second = static_cast<std::uint16_t>(first + 1);
    const auto repeated = sender.repeat(second, start);
    ASSERT_TRUE(repeated);
    EXPECT_EQ((*repeated)[2], 1);
    EXPECT_FALSE(sender.repeat(second, start + milliseconds(10)));
    EXPECT_TRUE(sender.repeat(second, start + milliseconds(20)));
    EXPECT_FALSE(sender.repeat(static_cast<std::uint16_t>(first + 26), start));
    sender.remember(static_cast<std::uint16_t>(first + 26), Bytes(500));
    EXPECT_FALSE(sender.repeat(static_cast<std::uint16_t>(first + 26), start));
    EXPECT_EQ(sender.stats().packets_repeated, 2U);
}

TEST(RtcpSchedule, ComesEveryFewSecondsAndNotInStep) {
    SeededEntropy entropy(5);
    RtcpSchedule schedule(entropy, start);
    EXPECT_LE(schedule.next_deadline(), start + seconds(1));
    EXPECT_FALSE(schedule.expire(start));
    nanoseconds shortest = seconds(100);
    nanoseconds longest{};
    for (int index = 0; index < 200; ++index) {
        const Instant now = schedule.next_deadline();
        ASSERT_TRUE(schedule.expire(now));
        ASSERT_FALSE(schedule.expire(now));
        shortest = std::min(shortest, schedule.next_deadline() - now);
        longest = std::max(longest, schedule.next_deadline() - now);
    }
    EXPECT_GE(shortest, milliseconds(1250));
    EXPECT_LE(longest, milliseconds(3750));
    EXPECT_GT(longest - shortest, seconds(2));
}

}  // namespace
}  // namespace studio::rtp
