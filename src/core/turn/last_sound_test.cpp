#include "core/turn/last_sound.hpp"

#include <gtest/gtest.h>

namespace studio::core {
namespace {

constexpr Instant start{std::chrono::hours{1}};

TEST(LastSound, AFadeOutBelongsToTheWord) {
    LastSound sound;
    const Instant last_speech = start + milliseconds(500);
    sound.hear(last_speech);
    EXPECT_EQ(sound.end_of(last_speech), last_speech);
    sound.hear(last_speech + milliseconds(120));
    EXPECT_EQ(sound.end_of(last_speech), last_speech + milliseconds(120));
    sound.hear(last_speech + LastSound::fade_max);
    EXPECT_EQ(sound.end_of(last_speech), last_speech + LastSound::fade_max);
}

TEST(LastSound, NoiseThatGoesOnIsNone) {
    LastSound sound;
    const Instant last_speech = start + milliseconds(500);
    for (int frame = 0; frame < 20; ++frame) {
        sound.hear(last_speech + milliseconds(20) * frame);
    }
    EXPECT_EQ(sound.end_of(last_speech), last_speech);
    EXPECT_EQ(sound.end_of(sound.latest() + milliseconds(1)), sound.latest() + milliseconds(1));
}

}  // namespace
}  // namespace studio::core
