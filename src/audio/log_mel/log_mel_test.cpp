// Our features against those of log_mel_reference.py, which computes them from the definition in
// double precision.

#include "audio/log_mel/log_mel.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numbers>
#include <sstream>
#include <string>

#include "audio/log_mel/log_mel_fixture.hpp"

namespace studio::audio {
namespace {

TEST(Spectrum400, IsTheTransformByItsDefinition) {
    Spectrum400::Numbers values;
    Spectrum400::Numbers spare;
    for (std::size_t index = 0; index < Spectrum400::size; ++index) {
        values.real[index] = static_cast<float>((index * 37 + 11) % 101) - 50.0F;
        values.imaginary[index] = static_cast<float>((index * 53 + 7) % 89) - 44.0F;
    }
    const Spectrum400::Numbers given = values;
    Spectrum400().transform(values, spare);
    for (std::size_t bin = 0; bin < Spectrum400::size; ++bin) {
        double real = 0.0;
        double imaginary = 0.0;
        for (std::size_t index = 0; index < Spectrum400::size; ++index) {
            const double angle = -2.0 * std::numbers::pi *
                                 static_cast<double>(bin * index % Spectrum400::size) /
                                 static_cast<double>(Spectrum400::size);
            real += static_cast<double>(given.real[index]) * std::cos(angle) -
                    static_cast<double>(given.imaginary[index]) * std::sin(angle);
            imaginary += static_cast<double>(given.real[index]) * std::sin(angle) +
                         static_cast<double>(given.imaginary[index]) * std::cos(angle);
        }
        ASSERT_NEAR(static_cast<double>(values.real[bin]), real, 0.01) << bin;
        ASSERT_NEAR(static_cast<double>(values.imaginary[bin]), imaginary, 0.01) << bin;
    }
}

TEST(LogMel, IsWhatTheDefinitionSays) {
    const LogMel mel;
    std::ifstream file(STUDIO_REFERENCE_FILE);
    std::string line;
    int sounds = 0;
    while (std::getline(file, line)) {
        std::istringstream words(line);
        std::string name;
        std::size_t count = 0;
        ASSERT_TRUE(words >> name >> count);
        std::vector<float> features(LogMel::bands * LogMel::frames);
        mel.compute(buzz(count), features);
        std::size_t at = 0;
        for (double expected = 0.0; words >> expected; at += 997) {
            ASSERT_LT(at, features.size());
            // Single precision, where the sound is 80 dB below its loudest.
            EXPECT_NEAR(static_cast<double>(features[at]), expected, 2e-3) << name << ' ' << at;
        }
        EXPECT_GE(at + 997, features.size()) << name;
        ++sounds;
    }
    EXPECT_EQ(sounds, 4);
}

TEST(LogMel, OnlyTheLastEightSecondsCount) {
    const LogMel mel;
    const std::vector<std::int16_t> sound = buzz(LogMel::samples + 5'000);
    const std::vector<std::int16_t> last(sound.begin() + 5'000, sound.end());
    std::vector<float> of_all(LogMel::bands * LogMel::frames);
    std::vector<float> of_last(of_all.size());
    mel.compute(sound, of_all);
    mel.compute(last, of_last);
    EXPECT_EQ(of_all, of_last);
}

}  // namespace
}  // namespace studio::audio
