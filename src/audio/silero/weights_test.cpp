#include "audio/silero/weights.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace studio::audio::silero {
namespace {

void put_u32(Bytes& bytes, std::size_t at, std::uint32_t value) {
    for (std::size_t index = 0; index < 4; ++index) {
        bytes[at + index] = static_cast<std::uint8_t>(value >> (8 * index));
    }
}

/// Bit by bit, as ISO 3309 defines it.
void sign(Bytes& bytes) {
    std::uint32_t sum = 0xFFFFFFFFU;
    for (std::size_t at = 24; at < bytes.size(); ++at) {
        sum ^= bytes[at];
        for (int bit = 0; bit < 8; ++bit) {
            sum = (sum >> 1U) ^ ((sum & 1U) != 0 ? 0xEDB88320U : 0U);
        }
    }
    put_u32(bytes, 16, ~sum);
}

/// Float `n` is n / 1000.
Bytes good_file() {
    Bytes bytes(weights_file_bytes);
    const char* magic = "SVADW16K";
    std::copy(magic, magic + 8, bytes.begin());
    put_u32(bytes, 8, 1);
    const std::size_t count = (weights_file_bytes - 24) / 4;
    put_u32(bytes, 12, static_cast<std::uint32_t>(count));
    for (std::size_t index = 0; index < count; ++index) {
        put_u32(bytes, 24 + 4 * index,
                std::bit_cast<std::uint32_t>(static_cast<float>(index) / 1'000.0F));
    }
    sign(bytes);
    return bytes;
}

std::string error_of(const Bytes& bytes) {
    const auto weights = parse_weights(bytes);
    return weights ? "none" : weights.error();
}

TEST(SileroWeights, EveryNumberComesToItsPlace) {
    const auto weights = parse_weights(good_file());
    ASSERT_TRUE(weights);
    EXPECT_EQ(weights->window.front(), 0.0F);
    EXPECT_EQ(weights->convolutions[0].weight.front(), 0.256F);
    EXPECT_EQ(weights->convolutions[0].weight.size(), 128U * 129 * 3);
    EXPECT_EQ(weights->convolutions[3].bias.size(), 128U);
    EXPECT_EQ(weights->hidden_weight.size(), 512U * 128);
    EXPECT_EQ(weights->decision_bias,
              static_cast<float>((weights_file_bytes - 24) / 4 - 1) / 1'000.0F);
}

TEST(SileroWeights, WhatIsNoSuchFileIsRefusedWithItsReason) {
    EXPECT_EQ(error_of({}), "it is no file of weights");
    EXPECT_EQ(error_of(Bytes(weights_file_bytes)), "it is no file of weights");
    const Bytes good = good_file();
    EXPECT_EQ(error_of(Bytes(good.begin(), good.begin() + 23)), "it is no file of weights");
    Bytes other_version = good;
    put_u32(other_version, 8, 2);
    EXPECT_EQ(error_of(other_version), "it is of version 2, not 1");
    EXPECT_EQ(error_of(Bytes(good.begin(), good.begin() + 24)),
              "it has 24 bytes, not 975388, or says so");
    Bytes short_by_one = good;
    short_by_one.pop_back();
    EXPECT_NE(error_of(short_by_one), "none");
    Bytes boastful = good;
    put_u32(boastful, 12, 0xFFFFFFFFU);
    EXPECT_NE(error_of(boastful), "none");
    Bytes flipped = good;
    flipped[500'000] ^= 1U;
    EXPECT_EQ(error_of(flipped), "its checksum is wrong");
}

TEST(SileroWeights, NumbersThatAreNoneAreRefused) {
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -2e6F}) {
        Bytes bytes = good_file();
        put_u32(bytes, 24 + 4 * 100'000, std::bit_cast<std::uint32_t>(bad));
        sign(bytes);
        EXPECT_EQ(error_of(bytes), "it holds numbers that are none, or are too large");
    }
}

}  // namespace
}  // namespace studio::audio::silero
