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
}

TEST(LastSound, ADetectorThatHoldsOnToAWordMakesItNoLonger) {
    LastSound sound;
    sound.hear(start);
    EXPECT_EQ(sound.end_of(start + milliseconds(120)), start);
    EXPECT_EQ(sound.end_of(start + LastSound::fade_max), start);
    const Instant soft = start + LastSound::fade_max + milliseconds(1);
    EXPECT_EQ(sound.end_of(soft), soft) << "a voice too soft to be counted as sound";
}

}  // namespace
}  // namespace studio::core
