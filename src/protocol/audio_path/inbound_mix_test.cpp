#include "protocol/audio_path/inbound_mix.hpp"

#include <gtest/gtest.h>

#include <array>

#include "protocol/audio_path/outbound_audio.hpp"

namespace studio::audio_path {
namespace {

using sdp::AudioCodec;

constexpr Instant start{seconds(100)};

/// Somebody who says one level of G.711 all the time.
class Speaker {
public:
    Speaker(std::uint32_t ssrc, std::int16_t level) : ssrc_(ssrc), outbound_(AudioCodec::pcmu) {
        frame_.samples.fill(level);
    }
    void speak(InboundMix& mix, Instant now) {
        const OutboundPacket sent = outbound_.encode(frame_);
        mix.push(ssrc_, {.codec = AudioCodec::pcmu,
                         .sequence = sequence_++,
                         .timestamp = static_cast<std::uint32_t>(sent.media_time),
                         .payload = sent.payload,
                         .arrival = now});
    }

private:
    std::uint32_t ssrc_;
    OutboundAudio outbound_;
    std::uint16_t sequence_ = 7;
    audio::Frame frame_;
};

struct Heard {
    int level = 0;
    audio::VoiceOrigin origin = audio::VoiceOrigin::silence;
};

/// The last of so many ticks in which all of them speak.
Heard run(InboundMix& mix, std::initializer_list<Speaker*> speakers, Instant& now, int ticks = 50) {
    Heard heard;
    for (int tick = 0; tick < ticks; ++tick) {
        now += audio::frame_duration;
        for (Speaker* speaker : speakers) {
            speaker->speak(mix, now);
        }
        const audio::VoiceFrame frame = mix.pop(now);
        heard = {frame.frame.samples[200], frame.origin};
    }
    return heard;
}

TEST(InboundMix, AddsUpAllWhoSpeak) {
    InboundMix mix({.codec = AudioCodec::pcmu, .sources_max = 3});
    Instant now = start;
    Speaker one(1, 4'000);
    Speaker two(2, 8'000);
    EXPECT_NEAR(run(mix, {&one}, now).level, 4'000, 300);
    EXPECT_NEAR(run(mix, {&one, &two}, now).level, 12'000, 600);
    EXPECT_NEAR(run(mix, {&two}, now).level, 8'000, 400);
    Speaker loud(3, 30'000);
    EXPECT_EQ(run(mix, {&one, &two, &loud}, now).level, 32'767);
    EXPECT_EQ(run(mix, {}, now).origin, audio::VoiceOrigin::silence);
}

TEST(InboundMix, ForgetsWhoFellSilentAndKeepsOne) {
    InboundMix mix({.codec = AudioCodec::pcmu, .sources_max = 4});
    Instant now = start;
    Speaker one(1, 1'000);
    Speaker two(2, 1'000);
    run(mix, {&one, &two}, now);
    EXPECT_EQ(mix.source_count(), 2U);
    run(mix, {&two}, now, 600);
    EXPECT_EQ(mix.source_count(), 1U);
    run(mix, {}, now, 3'000);
    EXPECT_EQ(mix.source_count(), 1U);
}

TEST(InboundMix, AFloodOfSourcesIsBoundedAndTakesNobodysPlace) {
    InboundMix mix({.codec = AudioCodec::pcmu, .sources_max = 2});
    Instant now = start;
    Speaker one(1, 4'000);
    Speaker two(2, 4'000);
    run(mix, {&one, &two}, now);
    for (std::uint32_t ssrc = 10; ssrc < 1'000; ++ssrc) {
        Speaker hostile(ssrc, 20'000);
        hostile.speak(mix, now);
    }
    EXPECT_EQ(mix.source_count(), 2U);
    EXPECT_NEAR(run(mix, {&one, &two}, now).level, 8'000, 600);
}

TEST(InboundMix, WithOnePlaceTheNextIsHeardWhenTheFirstIsSilent) {
    InboundMix mix({.codec = AudioCodec::pcmu, .sources_max = 1});
    Instant now = start;
    Speaker one(1, 4'000);
    Speaker two(2, 8'000);
    EXPECT_NEAR(run(mix, {&one, &two}, now).level, 4'000, 300);
    EXPECT_NEAR(run(mix, {&two}, now).level, 8'000, 400);
}

}  // namespace
}  // namespace studio::audio_path
