#include "audio/voice_receiver.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "audio/g711.hpp"
#include "audio/level.hpp"

namespace studio::audio {
namespace {

using std::chrono_literals::operator""ms;

constexpr double tone_dbfs = -15.3;

Frame tone(int number) {
    Frame frame;
    for (std::size_t index = 0; index < frame_samples; ++index) {
        const double time =
            static_cast<double>(number) * frame_samples + static_cast<double>(index);
        frame.samples[index] = static_cast<std::int16_t>(
            8'000.0 * std::sin(2.0 * std::numbers::pi * 400.0 * time / sample_rate_hz));
    }
    return frame;
}

/// Harmonics, as a vowel has them: what Opus and its FEC are made for.
Frame vowel(int number) {
    Frame frame;
    for (std::size_t index = 0; index < frame_samples; ++index) {
        const double time =
            static_cast<double>(number) * frame_samples + static_cast<double>(index);
        double sum = 0.0;
        for (int harmonic = 1; harmonic <= 20; ++harmonic) {
            sum += std::sin(2.0 * std::numbers::pi * 150.0 * harmonic * time / sample_rate_hz) /
                   harmonic;
        }
        frame.samples[index] = static_cast<std::int16_t>(6'000.0 * sum);
    }
    return frame;
}

Instant at(int tick) {
    return Instant(5'000ms + 20ms * tick);
}

TEST(VoiceReceiver, HearsOpusThroughLossAtItsLevel) {
    VoiceReceiver receiver(VoiceCodec::opus);
    OpusEncoder encoder({.expected_loss_percent = 20});
    std::array<std::uint8_t, opus_packet_bytes_max> bytes{};
    int received = 0;
    for (int tick = 0; tick < 300; ++tick) {
        const ByteView packet = encoder.encode(vowel(tick), bytes);
        if (tick % 10 != 5) {
            receiver.push({.sequence = static_cast<std::uint16_t>(tick),
                           .timestamp = 960U * static_cast<std::uint32_t>(tick),
                           .payload = packet,
                           .arrival = at(tick)});
        }
        const VoiceFrame voice = receiver.pop(at(tick));
        if (tick > 20) {
            ASSERT_NE(voice.origin, VoiceOrigin::silence);
            ASSERT_NEAR(level_dbfs(voice.frame.samples), level_dbfs(vowel(tick).samples), 7.0);
            received += voice.origin == VoiceOrigin::received ? 1 : 0;
            ASSERT_LE(voice.captured_at, at(tick));
            ASSERT_GE(voice.captured_at, at(tick) - 80ms);
        }
    }
    EXPECT_NEAR(received, 279 * 9 / 10, 3);
    EXPECT_NEAR(static_cast<double>(receiver.frames_concealed()), 30.0, 3.0);
}

TEST(VoiceReceiver, HearsBothLawsOfG711InAnyPacketLength) {
    for (const VoiceCodec codec : {VoiceCodec::pcmu, VoiceCodec::pcma}) {
        for (const std::size_t packet_ms : {10U, 20U, 30U, 60U}) {
            VoiceReceiver receiver(codec);
            Resampler down({.source_rate_hz = sample_rate_hz, .target_rate_hz = 8'000});
            Bytes line;
            std::uint32_t sent = 0;
            std::size_t heard = 0;
            for (int tick = 0; tick < 150; ++tick) {
                std::array<std::int16_t, 161> narrow{};
                const std::size_t count = down.process(tone(tick).samples, narrow);
                for (std::size_t index = 0; index < count; ++index) {
                    line.push_back(codec == VoiceCodec::pcmu ? encode_pcmu(narrow[index])
                                                             : encode_pcma(narrow[index]));
                }
                const auto size = static_cast<std::uint32_t>(packet_ms * 8);
                while (line.size() >= size) {
                    receiver.push({.sequence = static_cast<std::uint16_t>(sent / size),
                                   .timestamp = sent,
                                   .payload = ByteView(line).first(size),
                                   .arrival = at(tick)});
                    sent += size;
                    line.erase(line.begin(), line.begin() + size);
                }
                const VoiceFrame voice = receiver.pop(at(tick));
                if (tick > 30) {
                    EXPECT_NEAR(level_dbfs(voice.frame.samples), tone_dbfs, 1.0);
                    heard += voice.origin == VoiceOrigin::received ? 1U : 0U;
                }
            }
            EXPECT_GE(heard, 117U) << packet_ms;
        }
    }
}

TEST(VoiceReceiver, MalformedPayloadsAreCountedAndNotHeard) {
    VoiceReceiver receiver(VoiceCodec::opus);
    EXPECT_EQ(receiver.push({.sequence = 1, .payload = {}, .arrival = at(0)}), JitterPush::refused);
    const Bytes lies{0x4A, 0xFE, 0xFE};
    for (int tick = 0; tick < 20; ++tick) {
        receiver.push({.sequence = static_cast<std::uint16_t>(tick),
                       .timestamp = 960U * static_cast<std::uint32_t>(tick),
                       .payload = lies,
                       .arrival = at(tick)});
        EXPECT_NE(receiver.pop(at(tick)).origin, VoiceOrigin::received);
    }
    EXPECT_EQ(receiver.stats().refused, 1U);
}

TEST(VoiceReceiver, IsSilentBeforeAndAfterTheSender) {
    VoiceReceiver receiver(VoiceCodec::pcmu);
    EXPECT_EQ(receiver.pop(at(0)).origin, VoiceOrigin::silence);
    const Bytes payload(160, 0x20);
    for (int tick = 0; tick < 20; ++tick) {
        receiver.push({.sequence = static_cast<std::uint16_t>(tick),
                       .timestamp = 160U * static_cast<std::uint32_t>(tick),
                       .payload = payload,
                       .arrival = at(tick)});
        static_cast<void>(receiver.pop(at(tick)));
    }
    VoiceFrame last;
    for (int tick = 20; tick < 40; ++tick) {
        last = receiver.pop(at(tick));
    }
    EXPECT_EQ(last.origin, VoiceOrigin::silence);
    EXPECT_EQ(level_dbfs(last.frame.samples), silence_dbfs);
}

}  // namespace
}  // namespace studio::audio
