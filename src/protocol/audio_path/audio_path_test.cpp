#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "protocol/audio_path/inbound_audio.hpp"
#include "protocol/audio_path/outbound_audio.hpp"

namespace studio::audio_path {
namespace {

using sdp::AudioCodec;

constexpr AudioCodec all_codecs[] = {AudioCodec::opus, AudioCodec::pcmu, AudioCodec::pcma};
constexpr Instant start{seconds(100)};

audio::Frame tone(int frame_number) {
    audio::Frame frame;
    for (std::size_t index = 0; index < frame.samples.size(); ++index) {
        const double second = (frame_number * 320 + static_cast<double>(index)) / 16'000.0;
        frame.samples[index] =
            static_cast<std::int16_t>(8'000.0 * std::sin(2.0 * std::numbers::pi * 440.0 * second));
    }
    return frame;
}

double power(const audio::Frame& frame) {
    double sum = 0.0;
    for (const std::int16_t sample : frame.samples) {
        sum += static_cast<double>(sample) * sample;
    }
    return sum / static_cast<double>(frame.samples.size());
}

AudioPacket as_packet(AudioCodec codec, const OutboundPacket& sent, int number, Instant arrival) {
    return {.codec = codec,
            .sequence = static_cast<std::uint16_t>(65'500 + number),
            .timestamp = static_cast<std::uint32_t>(4'294'960'000U + sent.media_time),
            .payload = sent.payload,
            .arrival = arrival};
}

TEST(OutboundAudio, KeepsTimeThroughSilenceAndMarksTheFirstPacketAfterIt) {
    for (const AudioCodec codec : all_codecs) {
        OutboundAudio outbound(codec);
        const std::uint64_t step = codec == AudioCodec::opus ? 960 : 160;
        const OutboundPacket first = outbound.encode(tone(0));
        EXPECT_TRUE(first.marker);
        EXPECT_EQ(first.media_time, 0U);
        EXPECT_FALSE(first.payload.empty());
        const OutboundPacket second = outbound.encode(tone(1));
        EXPECT_FALSE(second.marker);
        EXPECT_EQ(second.media_time, step);
        outbound.skip();
        outbound.skip(3);
        const OutboundPacket third = outbound.encode(tone(6));
        EXPECT_TRUE(third.marker);
        EXPECT_EQ(third.media_time, 6 * step);
        if (codec != AudioCodec::opus) {
            EXPECT_EQ(third.payload.size(), 160U);
        }
    }
}

TEST(AudioPath, CarriesAToneThroughEachCodecWithItsTimeOfCapture) {
    for (const AudioCodec codec : all_codecs) {
        OutboundAudio outbound(codec);
        InboundAudio inbound(codec);
        int heard = 0;
        for (int number = 0; number < 100; ++number) {
            const Instant now = start + number * audio::frame_duration;
            inbound.push(as_packet(codec, outbound.encode(tone(number)), number, now));
            const audio::VoiceFrame frame = inbound.pop(now + milliseconds(5));
            if (frame.origin == audio::VoiceOrigin::received && number > 20) {
                ++heard;
                EXPECT_NEAR(power(frame.frame), 32e6, 8e6);
                EXPECT_LE(frame.captured_at, now + milliseconds(5));
                EXPECT_GT(frame.captured_at, now - milliseconds(150));
            }
        }
        EXPECT_GT(heard, 70);
        EXPECT_EQ(inbound.stats().lost, 0U);
    }
}

TEST(InboundAudio, FollowsACodecChangeButNotASingleStrayPacket) {
    InboundAudio inbound(AudioCodec::pcmu);
    OutboundAudio pcmu(AudioCodec::pcmu);
    OutboundAudio opus(AudioCodec::opus);
    int heard_opus = 0;
    for (int number = 0; number < 100; ++number) {
        const Instant now = start + number * audio::frame_duration;
        if (number < 50) {
            inbound.push(as_packet(AudioCodec::pcmu, pcmu.encode(tone(number)), number, now));
            if (number % 5 == 0) {
                inbound.push(as_packet(AudioCodec::pcma, pcmu.encode(tone(number)), number, now));
            }
            if (number == 49) {
                EXPECT_EQ(inbound.stats().received, 50U);
            }
        } else {
            inbound.push(as_packet(AudioCodec::opus, opus.encode(tone(number)), number, now));
        }
        if (inbound.pop(now).origin == audio::VoiceOrigin::received && number > 60) {
            ++heard_opus;
        }
    }
    EXPECT_GT(heard_opus, 25);
    EXPECT_EQ(inbound.stats().received, 48U);
}

TEST(InboundAudio, CountsWhatItConceals) {
    InboundAudio inbound(AudioCodec::opus);
    OutboundAudio outbound(AudioCodec::opus);
    for (int number = 0; number < 200; ++number) {
        const Instant now = start + number * audio::frame_duration;
        const OutboundPacket packet = outbound.encode(tone(number));
        if (number % 20 != 7) {
            inbound.push(as_packet(AudioCodec::opus, packet, number, now));
        }
        static_cast<void>(inbound.pop(now));
    }
    EXPECT_EQ(inbound.stats().lost, 10U);
    EXPECT_GE(inbound.frames_concealed(), 8U);
}

}  // namespace
}  // namespace studio::audio_path
