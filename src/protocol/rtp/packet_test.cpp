#include "protocol/rtp/packet.hpp"

#include <gtest/gtest.h>

#include "protocol/rtp/demux.hpp"
#include "protocol/rtp/telephone_event.hpp"

namespace studio::rtp {
namespace {

TEST(Packet, HeaderRoundTrip) {
    Bytes bytes(packet_header_bytes + 2, 0xAB);
    write_header({true, 111, 0xFFFE, 0x01020304, 0xA0B0C0D0},
                 std::span(bytes).first<packet_header_bytes>());
    const auto packet = parse_packet(bytes);
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->marker);
    EXPECT_EQ(packet->payload_type, 111);
    EXPECT_EQ(packet->sequence, 0xFFFE);
    EXPECT_EQ(packet->timestamp, 0x01020304U);
    EXPECT_EQ(packet->ssrc, 0xA0B0C0D0U);
    EXPECT_EQ(packet->payload.size(), 2U);
    EXPECT_TRUE(packet->csrcs.empty());
    EXPECT_TRUE(packet->extension.empty());
}

TEST(Packet, SourcesExtensionAndPadding) {
    // V=2 P X CC=1, one CSRC, extension BEDE of one word, payload AA BB, three bytes of padding.
    const Bytes bytes{0xB1, 0x00, 0,    1, 0, 0,    0, 2, 0, 0,    0,    3, 0, 0, 0,
                      4,    0xBE, 0xDE, 0, 1, 0x10, 5, 0, 0, 0xAA, 0xBB, 0, 0, 3};
    const auto packet = parse_packet(bytes);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->csrcs.size(), 4U);
    EXPECT_EQ(packet->extension_profile, 0xBEDE);
    EXPECT_EQ(packet->extension.size(), 4U);
    EXPECT_EQ(packet->padding, 3);
    EXPECT_EQ(Bytes(packet->payload.begin(), packet->payload.end()), (Bytes{0xAA, 0xBB}));
    for (std::size_t size = 0; size < 24; ++size) {
        EXPECT_EQ(parse_packet(ByteView(bytes).first(size)).error(), PacketError::truncated);
    }
}

TEST(Packet, MalformedIsRefused) {
    Bytes bytes(13, 0);
    bytes[0] = 0x40;
    EXPECT_EQ(parse_packet(bytes).error(), PacketError::wrong_version);
    bytes[0] = 0xA0;
    EXPECT_EQ(parse_packet(bytes).error(), PacketError::bad_padding);
    bytes[12] = 2;
    EXPECT_EQ(parse_packet(bytes).error(), PacketError::bad_padding);
    bytes[12] = 1;
    EXPECT_TRUE(parse_packet(bytes));
    bytes.resize(12);
    EXPECT_EQ(parse_packet(bytes).error(), PacketError::bad_padding);
}

TEST(Demux, ByFirstBytes) {
    const struct {
        std::uint8_t first;
        std::uint8_t second;
        DatagramKind kind;
    } cases[] = {
        {0, 1, DatagramKind::stun},     {3, 1, DatagramKind::stun},
        {4, 0, DatagramKind::unknown},  {19, 0, DatagramKind::unknown},
        {20, 0, DatagramKind::dtls},    {63, 0, DatagramKind::dtls},
        {64, 0, DatagramKind::unknown}, {127, 0, DatagramKind::unknown},
        {128, 111, DatagramKind::rtp},  {191, 239, DatagramKind::rtp},
        {128, 191, DatagramKind::rtp},  {128, 192, DatagramKind::rtcp},
        {129, 200, DatagramKind::rtcp}, {129, 223, DatagramKind::rtcp},
        {129, 224, DatagramKind::rtp},  {192, 200, DatagramKind::unknown},
    };
    for (const auto& test : cases) {
        EXPECT_EQ(classify(Bytes{test.first, test.second}), test.kind)
            << int{test.first} << ' ' << int{test.second};
    }
    EXPECT_EQ(classify({}), DatagramKind::unknown);
    EXPECT_EQ(classify(Bytes{22}), DatagramKind::unknown);
}

TEST(TelephoneEvent, RoundTripAndKeys) {
    const TelephoneEvent event{11, true, 7, 1600};
    EXPECT_EQ(parse_telephone_event(serialize_telephone_event(event)), event);
    EXPECT_EQ(parse_telephone_event(Bytes{1, 2, 3}), std::nullopt);
    for (const char key : std::string_view("0123456789*#ABCD")) {
        const auto number = event_of_digit(key);
        ASSERT_TRUE(number);
        EXPECT_EQ(digit_of_event(*number), key);
    }
    EXPECT_EQ(event_of_digit('x'), std::nullopt);
    EXPECT_EQ(digit_of_event(16), std::nullopt);
}

TEST(TelephoneEvent, OneDigitPerPressWhateverIsLost) {
    TelephoneEventReceiver receiver;
    const auto press = [&](std::uint32_t timestamp, std::uint8_t event, bool end) {
        const auto payload = serialize_telephone_event({event, end, 10, 800});
        Packet packet;
        packet.timestamp = timestamp;
        packet.payload = payload;
        return receiver.handle_packet(packet);
    };
    EXPECT_EQ(press(0xFFFFFF00, 5, false), '5');
    EXPECT_EQ(press(0xFFFFFF00, 5, false), std::nullopt);
    EXPECT_EQ(press(0xFFFFFF00, 5, true), std::nullopt);
    // Only an end packet of the second press arrives; the clock has wrapped.
    EXPECT_EQ(press(0x100, 5, true), '5');
    EXPECT_EQ(press(0x100, 5, true), std::nullopt);
    EXPECT_EQ(press(0xFFFFFF00, 5, true), std::nullopt);
    EXPECT_EQ(press(0x2000, 200, false), std::nullopt);
}

}  // namespace
}  // namespace studio::rtp
