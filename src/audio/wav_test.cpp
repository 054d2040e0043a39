#include "audio/wav.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace studio::audio {
namespace {

Recording ramp(int rate_hz, int channels, std::size_t count) {
    Recording recording{.rate_hz = rate_hz, .channels = channels, .samples = {}};
    recording.samples.resize(count);
    std::iota(recording.samples.begin(), recording.samples.end(), std::int16_t{-50});
    return recording;
}

TEST(Wav, ComesBackAsItWasWritten) {
    for (const int channels : {1, 2, 8}) {
        const Recording recording = ramp(22'050, channels, 800);
        const auto parsed = parse_wav(serialize_wav(recording));
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed->rate_hz, 22'050);
        EXPECT_EQ(parsed->channels, channels);
        EXPECT_EQ(parsed->samples, recording.samples);
    }
}

TEST(Wav, EveryCutIsAnErrorOrShorterButNeverACrash) {
    const Bytes bytes = serialize_wav(ramp(16'000, 1, 100));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto parsed = parse_wav(ByteView(bytes).first(size));
        EXPECT_EQ(parsed.has_value(), size >= 44) << size;
        if (parsed) {
            EXPECT_EQ(parsed->samples.size(), (size - 44) / 2);
        }
    }
}

TEST(Wav, SkipsOtherChunksAndTheirPadding) {
    Bytes bytes = serialize_wav(ramp(16'000, 1, 4));
    const Bytes chunk{'L', 'I', 'S', 'T', 3, 0, 0, 0, 'a', 'b', 'c', 0};
    bytes.insert(bytes.begin() + 12, chunk.begin(), chunk.end());
    ASSERT_TRUE(parse_wav(bytes));
    EXPECT_EQ(parse_wav(bytes)->samples.size(), 4U);
}

TEST(Wav, AStreamedFileEndsWithItsBytes) {
    Bytes bytes = serialize_wav(ramp(16'000, 1, 10));
    std::fill_n(bytes.begin() + 40, 4, std::uint8_t{0xFF});
    ASSERT_TRUE(parse_wav(bytes));
    EXPECT_EQ(parse_wav(bytes)->samples.size(), 10U);
}

TEST(Wav, NamesWhatItCannotRead) {
    struct Case {
        std::size_t offset;
        std::uint8_t value;
        WavError error;
    };
    const Case cases[] = {
        {0, 'X', WavError::malformed},  {8, 'X', WavError::malformed},
        {12, 'x', WavError::malformed}, {16, 15, WavError::malformed},
        {20, 3, WavError::unsupported}, {22, 0, WavError::unsupported},
        {22, 9, WavError::unsupported}, {26, 0xFF, WavError::unsupported},
        {34, 8, WavError::unsupported}, {36, 'x', WavError::malformed},
    };
    for (const Case& each : cases) {
        Bytes bytes = serialize_wav(ramp(16'000, 1, 10));
        bytes[each.offset] = each.value;
        const auto parsed = parse_wav(bytes);
        ASSERT_FALSE(parsed) << each.offset;
        EXPECT_EQ(parsed.error(), each.error) << each.offset;
    }
}

TEST(Wav, BecomesVoice) {
    Recording stereo{.rate_hz = 48'000, .channels = 2, .samples = {}};
    for (int index = 0; index < 48'000; ++index) {
        stereo.samples.push_back(1'000);
        stereo.samples.push_back(3'000);
    }
    const auto voice = to_voice(stereo);
    ASSERT_EQ(voice.size(), 16'000U);
    EXPECT_NEAR(voice[8'000], 2'000, 5);
}

}  // namespace
}  // namespace studio::audio
