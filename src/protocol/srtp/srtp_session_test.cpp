#include "protocol/srtp/srtp_session.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/entropy.hpp"
#include "protocol/rtp/packet.hpp"
#include "protocol/rtp/rtcp.hpp"
#include "protocol/rtp/sender.hpp"

namespace studio::srtp {
namespace {

Keying keying(Profile profile, Role role, std::uint8_t seed = 1) {
    std::array<std::uint8_t, keying_bytes_max> material{};
    for (std::size_t index = 0; index < material.size(); ++index) {
        material[index] = static_cast<std::uint8_t>(index * 7 + seed);
    }
    return {profile, role, Secret<decltype(material)>(material)};
}

Bytes packet(std::uint16_t sequence, std::uint32_t ssrc = 0x11223344) {
    Bytes bytes(rtp::packet_header_bytes + 100);
    rtp::write_header({true, 111, sequence, 960, ssrc},
                      std::span(bytes).first<rtp::packet_header_bytes>());
    for (std::size_t index = 0; index < 100; ++index) {
        bytes[rtp::packet_header_bytes + index] = static_cast<std::uint8_t>(index);
    }
    return bytes;
}

class SrtpSessionTest : public testing::TestWithParam<Profile> {
protected:
    Bytes protect(const Bytes& plain) {
        Bytes buffer = plain;
        buffer.resize(plain.size() + overhead_bytes_max);
        const auto size = client_.protect_rtp(buffer, plain.size());
        EXPECT_TRUE(size);
        buffer.resize(size.value_or(0));
        return buffer;
    }

    SrtpSession client_ = SrtpSession::make(keying(GetParam(), Role::client)).value();
    SrtpSession server_ = SrtpSession::make(keying(GetParam(), Role::server)).value();
};

TEST_P(SrtpSessionTest, RtpComesBackAsItWas) {
    const Bytes plain = packet(7);
    Bytes bytes = protect(plain);
    EXPECT_EQ(bytes.size(), plain.size() + (GetParam() == Profile::aead_aes_128_gcm ? 16 : 10));
    EXPECT_NE(Bytes(bytes.begin() + 12, bytes.begin() + 112),
              Bytes(plain.begin() + 12, plain.end()));
    const auto size = server_.unprotect_rtp(bytes);
    ASSERT_TRUE(size);
    bytes.resize(*size);
    EXPECT_EQ(bytes, plain);
}

TEST_P(SrtpSessionTest, RtcpComesBackAsItWas) {
    Bytes buffer(64);
    rtp::RtcpWriter writer(buffer);
    writer.write(rtp::ReceiverReport{0x55667788, {}});
    const Bytes plain(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(writer.size()));
    const auto protected_size = client_.protect_rtcp(buffer, writer.size());
    ASSERT_TRUE(protected_size);
    buffer.resize(*protected_size);
    EXPECT_LE(buffer.size(), plain.size() + overhead_bytes_max);
    Bytes again = buffer;
    const auto size = server_.unprotect_rtcp(buffer);
    ASSERT_TRUE(size);
    buffer.resize(*size);
    EXPECT_EQ(buffer, plain);
    EXPECT_EQ(server_.unprotect_rtcp(again).error(), SrtpError::replayed);
}

TEST_P(SrtpSessionTest, ReplayForgeryAndEchoAreRefused) {
    const Bytes bytes = protect(packet(7));
    Bytes forged = bytes;
    forged[40] ^= 1U;
    EXPECT_EQ(server_.unprotect_rtp(forged).error(), SrtpError::not_authentic);
    Bytes echoed = bytes;
    EXPECT_EQ(client_.unprotect_rtp(echoed).error(), SrtpError::not_authentic);
    Bytes first = bytes;
    EXPECT_TRUE(server_.unprotect_rtp(first));
    Bytes second = bytes;
    EXPECT_EQ(server_.unprotect_rtp(second).error(), SrtpError::replayed);
}

TEST_P(SrtpSessionTest, OldPacketsAreRefusedRecentHolesAreNot) {
    std::vector<Bytes> sent;
    for (std::uint16_t sequence = 0; sequence < 300; ++sequence) {
        sent.push_back(protect(packet(sequence)));
    }
    Bytes newest = sent[299];
    ASSERT_TRUE(server_.unprotect_rtp(newest));
    Bytes recent = sent[250];
    EXPECT_TRUE(server_.unprotect_rtp(recent));
    Bytes old = sent[10];
    EXPECT_EQ(server_.unprotect_rtp(old).error(), SrtpError::replayed);
}

TEST_P(SrtpSessionTest, ARepeatedPacketFillsItsHole) {
    SeededEntropy entropy(1);
    rtp::Sender sender({}, entropy, Instant{});
    for (std::uint16_t index = 0; index < 3; ++index) {
        const auto header = sender.next_header(index * 960ULL, false, 100, Instant{});
        const Bytes bytes = protect(packet(header.sequence, header.ssrc));
        sender.remember(header.sequence, bytes);
        Bytes arrived = bytes;
        if (index == 1) {
            const auto kept = sender.repeat(header.sequence, Instant{});
            ASSERT_TRUE(kept);
            EXPECT_EQ(Bytes(kept->begin(), kept->end()), bytes);
        } else {
            EXPECT_TRUE(server_.unprotect_rtp(arrived));
        }
        if (index == 2) {
            const auto kept = sender.repeat(static_cast<std::uint16_t>(header.sequence - 1),
                                            Instant{} + milliseconds(40));
            ASSERT_TRUE(kept);
            Bytes repeated(kept->begin(), kept->end());
            EXPECT_TRUE(server_.unprotect_rtp(repeated));
        }
    }
}

TEST_P(SrtpSessionTest, OneSequenceNumberIsNotProtectedTwice) {
    protect(packet(7));
    Bytes buffer = packet(7);
    buffer[50] = 99;
    const std::size_t size = buffer.size();
    buffer.resize(size + overhead_bytes_max);
    EXPECT_FALSE(client_.protect_rtp(buffer, size));
}

TEST_P(SrtpSessionTest, SourcesAreBounded) {
    for (std::uint32_t ssrc = 1; ssrc <= sources_max; ++ssrc) {
        Bytes bytes = protect(packet(1, ssrc));
        EXPECT_TRUE(server_.unprotect_rtp(bytes));
    }
    Bytes one_more = protect(packet(1, 100));
    EXPECT_EQ(server_.unprotect_rtp(one_more).error(), SrtpError::too_many_sources);
    Bytes known = protect(packet(2, 1));
    EXPECT_TRUE(server_.unprotect_rtp(known));
}

TEST_P(SrtpSessionTest, ShortAndRoomlessBuffersAreRefused) {
    for (std::size_t size = 0; size < 40; ++size) {
        Bytes bytes(size, 0x80);
        EXPECT_FALSE(server_.unprotect_rtp(bytes)) << size;
        bytes.assign(size, 0x80);
        EXPECT_FALSE(server_.unprotect_rtcp(bytes)) << size;
    }
    Bytes full = packet(9);
    EXPECT_EQ(client_.protect_rtp(full, full.size()).error(), SrtpError::no_room);
}

INSTANTIATE_TEST_SUITE_P(Profiles, SrtpSessionTest,
                         testing::Values(Profile::aead_aes_128_gcm, Profile::aes128_cm_sha1_80));

}  // namespace
}  // namespace studio::srtp
