#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "audio/g711.hpp"
#include "audio/gain.hpp"
#include "audio/level.hpp"
#include "audio/opus_codec.hpp"
#include "audio/resampler.hpp"

namespace studio::audio {
namespace {

std::vector<std::int16_t> sine(std::size_t count, double hz, int rate_hz, double peak) {
    std::vector<std::int16_t> samples(count);
    for (std::size_t index = 0; index < count; ++index) {
        const double phase = 2.0 * std::numbers::pi * hz * static_cast<double>(index) / rate_hz;
        samples[index] = static_cast<std::int16_t>(std::lround(peak * std::sin(phase)));
    }
    return samples;
}

Frame frame_of(std::span<const std::int16_t> samples, std::size_t number) {
    Frame frame;
    const auto part = samples.subspan(number * frame_samples, frame_samples);
    std::copy(part.begin(), part.end(), frame.samples.begin());
    return frame;
}

TEST(G711, DecodesTheTablesOfTheStandard) {
    // G.711, tables 1 and 2: the ends of the scale, the smallest values, and what idle lines send.
    EXPECT_EQ(decode_pcmu(0xFF), 0);
    EXPECT_EQ(decode_pcmu(0x7F), 0);
    EXPECT_EQ(decode_pcmu(0x80), 32'124);
    EXPECT_EQ(decode_pcmu(0x00), -32'124);
    EXPECT_EQ(decode_pcmu(0xFE), 8);
    EXPECT_EQ(decode_pcma(0xD5), 8);
    EXPECT_EQ(decode_pcma(0x55), -8);
    EXPECT_EQ(decode_pcma(0xAA), 32'256);
    EXPECT_EQ(decode_pcma(0x2A), -32'256);
}

TEST(G711, EveryCodeSurvivesARoundTrip) {
    for (unsigned value = 0; value < 256; ++value) {
        const auto code = static_cast<std::uint8_t>(value);
        EXPECT_EQ(encode_pcma(decode_pcma(code)), code);
        // Mu-law has two codes for zero; the positive one is what encoders send.
        EXPECT_EQ(encode_pcmu(decode_pcmu(code)), code == 0x7F ? 0xFF : code);
    }
}

TEST(G711, EverySampleComesBackWithinHalfAStep) {
    for (int value = -32'768; value <= 32'767; ++value) {
        const auto sample = static_cast<std::int16_t>(value);
        // Half of the segment's step is at most 1/32 of the value; clipping costs 643 at the ends.
        const int tolerance = std::abs(value) > 32'000 ? 644 : std::abs(value) / 32 + 8;
        ASSERT_NEAR(decode_pcmu(encode_pcmu(sample)), value, tolerance);
        ASSERT_NEAR(decode_pcma(encode_pcma(sample)), value, tolerance);
    }
}

TEST(G711, BlocksAreTheirSamples) {
    const auto samples = sine(160, 440.0, 8'000, 12'000.0);
    std::array<std::uint8_t, 160> codes{};
    std::array<std::int16_t, 160> back{};
    encode_pcma(samples, codes);
    decode_pcma(codes, back);
    EXPECT_EQ(back[37], decode_pcma(encode_pcma(samples[37])));
    encode_pcmu(samples, codes);
    decode_pcmu(codes, back);
    EXPECT_EQ(back[37], decode_pcmu(encode_pcmu(samples[37])));
}

TEST(Resampler, KeepsAToneAndTheRatioForEveryPairThatWeUse) {
    const std::array<std::array<int, 2>, 6> pairs{{{8'000, 16'000},
                                                   {16'000, 8'000},
                                                   {48'000, 16'000},
                                                   {16'000, 48'000},
                                                   {24'000, 16'000},
                                                   {22'050, 16'000}}};
    for (const auto& [source_rate, target_rate] : pairs) {
        Resampler resampler({.source_rate_hz = source_rate, .target_rate_hz = target_rate});
        const auto source =
            sine(static_cast<std::size_t>(source_rate), 1'000.0, source_rate, 8'000);
        std::vector<std::int16_t> target;
        const std::size_t block = static_cast<std::size_t>(source_rate) / 50;
        std::vector<std::int16_t> piece(resampler.target_samples_max(block));
        for (std::size_t offset = 0; offset + block <= source.size(); offset += block) {
            const auto count = static_cast<std::ptrdiff_t>(
                resampler.process(std::span(source).subspan(offset, block), piece));
            target.insert(target.end(), piece.begin(), piece.begin() + count);
        }
        EXPECT_NEAR(static_cast<double>(target.size()), target_rate, 2.0) << source_rate;
        EXPECT_NEAR(level_dbfs(std::span(target).last(target.size() / 2)), level_dbfs(source), 0.3)
            << source_rate << " to " << target_rate;
    }
}

TEST(Resampler, RemovesWhatTheLowerRateCannotCarry) {
    const auto source = sine(48'000, 11'000.0, 48'000, 8'000);
    const auto target = resample_all(source, {.source_rate_hz = 48'000, .target_rate_hz = 16'000});
    ASSERT_EQ(target.size(), 16'000U);
    EXPECT_LT(level_dbfs(std::span(target).subspan(1'000, 14'000)), -60.0);
}

TEST(Resampler, AWholeRecordingStaysInPlace) {
    std::vector<std::int16_t> source(8'000);
    source[4'000] = 20'000;
    const auto target = resample_all(source, {.source_rate_hz = 8'000, .target_rate_hz = 16'000});
    ASSERT_EQ(target.size(), 16'000U);
    const auto peak = std::max_element(target.begin(), target.end()) - target.begin();
    EXPECT_NEAR(static_cast<double>(peak), 8'000.0, 1.0);
}

TEST(Opus, CarriesAToneAtItsLevel) {
    OpusEncoder encoder(OpusEncoderOptions{});
    OpusDecoder decoder;
    const auto source = sine(50 * frame_samples, 440.0, sample_rate_hz, 8'000.0);
    std::array<std::uint8_t, opus_packet_bytes_max> bytes{};
    std::array<std::int16_t, opus_packet_samples_max> samples{};
    std::size_t total = 0;
    for (std::size_t number = 0; number < 50; ++number) {
        const ByteView packet = encoder.encode(frame_of(source, number), bytes);
        total += packet.size();
        EXPECT_EQ(opus_packet_ticks(packet), 960U);
        ASSERT_EQ(decoder.decode(packet, samples), frame_samples);
    }
    EXPECT_NEAR(level_dbfs(std::span(samples).first(frame_samples)), level_dbfs(source), 1.5);
    // 24 kbit/s is 3000 bytes a second.
    EXPECT_LT(total, 4'000U);
}

TEST(Opus, ForwardErrorCorrectionBringsBackMoreThanConcealment) {
    // A voice that starts in lost packets: concealment cannot know of it, FEC does.
    OpusEncoder encoder({.expected_loss_percent = 30});
    OpusDecoder with_fec;
    OpusDecoder without;
    std::vector<std::int16_t> voice(20 * frame_samples);
    for (int harmonic = 1; harmonic <= 20; ++harmonic) {
        const auto part = sine(voice.size(), 150.0 * harmonic, sample_rate_hz, 8'000.0 / harmonic);
        std::transform(voice.begin(), voice.end(), part.begin(), voice.begin(),
                       [](int a, int b) { return static_cast<std::int16_t>(a + b); });
    }
    std::array<std::uint8_t, opus_packet_bytes_max> bytes{};
    std::array<std::int16_t, opus_packet_samples_max> samples{};
    for (std::size_t number = 0; number < 10; ++number) {
        const ByteView packet = encoder.encode(Frame{}, bytes);
        ASSERT_TRUE(with_fec.decode(packet, samples));
        ASSERT_TRUE(without.decode(packet, samples));
    }
    for (std::size_t number = 0; number < 5; ++number) {
        static_cast<void>(encoder.encode(frame_of(voice, number), bytes));  // Lost.
    }
    const ByteView next = encoder.encode(frame_of(voice, 5), bytes);
    std::array<std::int16_t, frame_samples> recovered{};
    std::array<std::int16_t, frame_samples> guessed{};
    with_fec.decode_fec(next, recovered);
    without.conceal(guessed);
    EXPECT_GT(level_dbfs(recovered), level_dbfs(guessed) + 10.0);
    EXPECT_NEAR(level_dbfs(recovered), level_dbfs(voice), 18.0);
}

TEST(Opus, RefusesRubbishAndGoesOn) {
    OpusDecoder decoder;
    std::array<std::int16_t, opus_packet_samples_max> samples{};
    EXPECT_FALSE(decoder.decode({}, samples));
    // Code 3 with a count of 0 frames, and code 2 whose first frame is longer than the packet.
    EXPECT_FALSE(decoder.decode(Bytes{0x4B, 0x00}, samples));
    EXPECT_FALSE(decoder.decode(Bytes{0x4A, 0xFE, 0xFE}, samples));
    EXPECT_FALSE(opus_packet_ticks(Bytes{0x4B, 0x3F}));
    EXPECT_FALSE(opus_packet_ticks({}));
    std::array<std::int16_t, frame_samples> guess{};
    decoder.decode_fec(Bytes{0x4B, 0x00}, guess);
    OpusEncoder encoder(OpusEncoderOptions{});
    std::array<std::uint8_t, opus_packet_bytes_max> bytes{};
    EXPECT_TRUE(decoder.decode(encoder.encode(Frame{}, bytes), samples));
}

TEST(Level, KnowsFullScaleAndSilence) {
    EXPECT_DOUBLE_EQ(level_dbfs(std::vector<std::int16_t>(100, -32'768)), 0.0);
    EXPECT_NEAR(level_dbfs(sine(16'000, 100.0, 16'000, 32'767.0)), -3.01, 0.01);
    EXPECT_DOUBLE_EQ(level_dbfs(Frame{}.samples), silence_dbfs);
    EXPECT_DOUBLE_EQ(level_dbfs({}), silence_dbfs);
}

TEST(Gain, RampsOverOneFrameAndThenHolds) {
    Gain gain;
    Frame frame;
    frame.samples.fill(10'000);
    gain.set(0.25F);
    gain.process(frame);
    EXPECT_NEAR(frame.samples.front(), 10'000, 30);
    EXPECT_NEAR(frame.samples.back(), 2'500, 2);
    for (std::size_t index = 1; index < frame_samples; ++index) {
        ASSERT_NEAR(frame.samples[index], frame.samples[index - 1], 25) << "a click";
    }
    frame.samples.fill(10'000);
    gain.process(frame);
    EXPECT_EQ(frame.samples.front(), 2'500);
    EXPECT_EQ(gain.present(), 0.25F);
}

TEST(Gain, RampsOverAsManyFramesAsAreWanted) {
    Gain gain;
    Frame frame;
    gain.set(0.0F, 3);
    for (const int end : {6'667, 3'333, 0}) {
        frame.samples.fill(10'000);
        gain.process(frame);
        EXPECT_NEAR(frame.samples.back(), end, 20);
        gain.set(0.0F, 3);  // The ramp goes on.
    }
    EXPECT_EQ(gain.present(), 0.0F);
}

TEST(Gain, SaturatesAndRefusesNonsense) {
    Gain gain;
    gain.set(1'000.0F);
    Frame frame;
    gain.process(frame);
    frame.samples.fill(-20'000);
    gain.process(frame);
    EXPECT_EQ(frame.samples[7], -32'768);
    gain.set(std::nanf(""));
    gain.process(frame);
    EXPECT_EQ(gain.present(), 1.0F);
}

}  // namespace
}  // namespace studio::audio
