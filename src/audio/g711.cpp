#include "audio/g711.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdlib>

#include "base/check.hpp"

namespace studio::audio {

namespace {

// G.711 works on 14 bits (mu-law) and 13 bits (A-law); all figures here are scaled to 16 bits.
constexpr int mu_bias = 132;
constexpr int mu_clip = 32'767 - mu_bias;

constexpr std::int16_t expand_mu(unsigned code) {
    const unsigned bits = ~code & 0xFFU;
    const unsigned segment = (bits >> 4U) & 0x7U;
    const int step = static_cast<int>(((bits & 0xFU) << 3U) + mu_bias);
    const int magnitude = (step << segment) - mu_bias;
    return static_cast<std::int16_t>((bits & 0x80U) != 0 ? -magnitude : magnitude);
}

constexpr std::int16_t expand_a(unsigned code) {
    const unsigned bits = code ^ 0x55U;
    const unsigned segment = (bits >> 4U) & 0x7U;
    const int step = static_cast<int>((bits & 0xFU) << 4U);
    const int magnitude = segment == 0 ? step + 8 : (step + 0x108) << (segment - 1);
    return static_cast<std::int16_t>((bits & 0x80U) != 0 ? magnitude : -magnitude);
}

template <class Expand>
constexpr std::array<std::int16_t, 256> make_table(Expand expand) {
    std::array<std::int16_t, 256> table{};
    for (unsigned code = 0; code < table.size(); ++code) {
        table[code] = expand(code);
    }
    return table;
}

constexpr auto mu_table = make_table(expand_mu);
constexpr auto a_table = make_table(expand_a);

}  // namespace

std::uint8_t encode_pcmu(std::int16_t sample) {
    const unsigned sign = sample < 0 ? 0x80U : 0U;
    const auto magnitude =
        static_cast<unsigned>(std::min(std::abs(int{sample}), mu_clip) + mu_bias);
    // The bias makes bit 7 the lowest possible leading bit, so that the segment starts at 0.
    const auto segment = static_cast<unsigned>(std::bit_width(magnitude)) - 8U;
    const unsigned step = (magnitude >> (segment + 3U)) & 0xFU;
    return static_cast<std::uint8_t>(~(sign | (segment << 4U) | step));
}

std::int16_t decode_pcmu(std::uint8_t code) {
    return mu_table[code];
}

std::uint8_t encode_pcma(std::int16_t sample) {
    // One's complement of negative samples, as in table 1a/1b of G.711: there is no code for zero.
    const unsigned sign = sample < 0 ? 0U : 0x80U;
    const auto magnitude = static_cast<unsigned>(sample < 0 ? ~int{sample} : int{sample}) >> 4U;
    // The first two segments share a step, so that their codes are the magnitude itself.
    unsigned code = magnitude;
    if (magnitude >= 32) {
        const auto segment = static_cast<unsigned>(std::bit_width(magnitude)) - 4U;
        code = (segment << 4U) | ((magnitude >> (segment - 1U)) & 0xFU);
    }
    return static_cast<std::uint8_t>((sign | code) ^ 0x55U);
}

std::int16_t decode_pcma(std::uint8_t code) {
    return a_table[code];
}

void encode_pcmu(std::span<const std::int16_t> samples, std::span<std::uint8_t> codes) {
    STUDIO_CHECK(samples.size() == codes.size(), "a G.711 code is one byte for one sample");
    std::transform(samples.begin(), samples.end(), codes.begin(),
                   [](std::int16_t sample) { return encode_pcmu(sample); });
}

void decode_pcmu(std::span<const std::uint8_t> codes, std::span<std::int16_t> samples) {
    STUDIO_CHECK(samples.size() == codes.size(), "a G.711 code is one byte for one sample");
    std::transform(codes.begin(), codes.end(), samples.begin(),
                   [](std::uint8_t code) { return decode_pcmu(code); });
}

void encode_pcma(std::span<const std::int16_t> samples, std::span<std::uint8_t> codes) {
    STUDIO_CHECK(samples.size() == codes.size(), "a G.711 code is one byte for one sample");
    std::transform(samples.begin(), samples.end(), codes.begin(),
                   [](std::int16_t sample) { return encode_pcma(sample); });
}

void decode_pcma(std::span<const std::uint8_t> codes, std::span<std::int16_t> samples) {
    STUDIO_CHECK(samples.size() == codes.size(), "a G.711 code is one byte for one sample");
    std::transform(codes.begin(), codes.end(), samples.begin(),
                   [](std::uint8_t code) { return decode_pcma(code); });
}

}  // namespace studio::audio
