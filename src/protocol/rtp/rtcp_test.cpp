#include "protocol/rtp/rtcp.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace studio::rtp {
namespace {

std::vector<RtcpItem> read_all(ByteView bytes, bool expect_ok = true) {
    RtcpReader reader(bytes);
    std::vector<RtcpItem> items;
    while (auto item = reader.next()) {
        items.push_back(*item);
    }
    EXPECT_EQ(reader.ok(), expect_ok);
    return items;
}

ReportBlock block(std::int32_t lost) {
    return {0xAABBCCDD, 64, lost, 0x0001FFFF, 33, 0x12345678, 65536};
}

TEST(Rtcp, CompoundRoundTrip) {
    Bytes buffer(512);
    RtcpWriter writer(buffer);
    SenderReport sender{1, 0x0102030405060708, 9, 10, 11, {}};
    sender.reports.try_push(block(-5));
    writer.write(sender);
    writer.write(SourceDescription{1, "abc@studio"});
    Nack nack{1, 2, {}};
    for (const std::uint16_t sequence : std::vector<std::uint16_t>{65534, 65535, 3, 40, 41}) {
        nack.sequences.try_push(sequence);
    }
    writer.write(nack);
    writer.write(Goodbye{1});
    ASSERT_TRUE(writer.ok());
    ASSERT_EQ(writer.size() % 4, 0U);

    const auto items = read_all(ByteView(buffer).first(writer.size()));
    ASSERT_EQ(items.size(), 4U);
    const auto& report = std::get<SenderReport>(items[0]);
    EXPECT_EQ(report.ntp_time, 0x0102030405060708U);
    EXPECT_EQ(report.octet_count, 11U);
    ASSERT_EQ(report.reports.size(), 1U);
    EXPECT_EQ(report.reports[0], block(-5));
    EXPECT_EQ(std::get<SourceDescription>(items[1]).cname, "abc@studio");
    const auto& asked = std::get<Nack>(items[2]);
    EXPECT_EQ(asked.media_ssrc, 2U);
    EXPECT_EQ(std::vector<std::uint16_t>(asked.sequences.begin(), asked.sequences.end()),
              (std::vector<std::uint16_t>{65534, 65535, 3, 40, 41}));
    EXPECT_EQ(std::get<Goodbye>(items[3]).ssrc, 1U);
}

TEST(Rtcp, NacksPackSeventeenIntoOnePair) {
    Bytes buffer(64);
    RtcpWriter writer(buffer);
    Nack nack{1, 2, {}};
    for (std::uint16_t sequence = 100; sequence <= 116; ++sequence) {
        nack.sequences.try_push(sequence);
    }
    writer.write(nack);
    EXPECT_EQ(writer.size(), 16U);
    EXPECT_EQ(std::get<Nack>(read_all(ByteView(buffer).first(16)).at(0)).sequences.size(), 17U);
}

TEST(Rtcp, EachCnameLengthIsPaddedAndRead) {
    for (std::size_t length = 0; length <= 255; ++length) {
        Bytes buffer(300);
        RtcpWriter writer(buffer);
        const std::string name(length, 'n');
        writer.write(SourceDescription{7, name});
        ASSERT_TRUE(writer.ok());
        const auto items = read_all(ByteView(buffer).first(writer.size()));
        ASSERT_EQ(items.size(), 1U) << length;
        EXPECT_EQ(std::get<SourceDescription>(items[0]).cname, name);
    }
}

TEST(Rtcp, UnknownTypesArePassedOver) {
    // PLI (206/1), an APP packet (204), then a receiver report: reduced size, no SR in front.
    const Bytes bytes{0x81, 206, 0, 2, 0,  0,  0,  1,  0,    0,   0, 2, 0x80, 204, 0, 2,
                      0,    0,   0, 1, 65, 66, 67, 68, 0x80, 201, 0, 1, 0,    0,   0, 9};
    const auto items = read_all(bytes);
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(std::get<ReceiverReport>(items[0]).ssrc, 9U);
}

TEST(Rtcp, MalformedStopsTheReader) {
    const std::vector<Bytes> cases{
        {0x80},
        {0x80, 201, 0, 2, 0, 0, 0, 1},                  // longer than the datagram
        {0x40, 201, 0, 1, 0, 0, 0, 1},                  // version 1
        {0x81, 201, 0, 1, 0, 0, 0, 1},                  // one block announced, none there
        {0xA0, 201, 0, 1, 0, 0, 0, 5},                  // padding past the body
        {0xA0, 201, 0, 1, 0, 0, 0, 0},                  // padding of zero
        {0x81, 202, 0, 2, 0, 0, 0, 1, 1, 9, 'a', 'b'},  // item past the chunk
        {0x82, 203, 0, 1, 0, 0, 0, 1},                  // two sources announced
        {0x81, 205, 0, 1, 0, 0, 0, 1},                  // NACK without a media source
    };
    for (const Bytes& bytes : cases) {
        read_all(bytes, false);
    }
}

TEST(Rtcp, WriterLeavesOutWhatDoesNotFit) {
    Bytes buffer(10);
    RtcpWriter writer(buffer);
    writer.write(Goodbye{1});
    EXPECT_TRUE(writer.ok());
    writer.write(Goodbye{2});
    EXPECT_FALSE(writer.ok());
    EXPECT_EQ(writer.size(), 8U);
}

}  // namespace
}  // namespace studio::rtp
