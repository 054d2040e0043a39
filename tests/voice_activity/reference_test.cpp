// Our computation of the voice detector's network against onnxruntime's, of the same model: on
// synthetic sound, and on two recordings of people reading aloud. reference.py wrote what
// onnxruntime makes of them.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "audio/silero/internal/kernels.hpp"
#include "audio/silero/network.hpp"
#include "voice_activity/installed.hpp"

namespace studio {
namespace {

/// The greatest difference of two probabilities that counts as equal. Both sum some hundred
/// thousand floats in orders of their own; what was measured is 2.6e-6.
constexpr double tolerance = 1e-5;

using Samples = std::vector<std::int16_t>;

struct Reference {
    std::string hash;
    std::vector<double> probabilities;
};

std::map<std::string, Reference> read_references() {
    std::map<std::string, Reference> references;
    std::ifstream file(STUDIO_REFERENCE_FILE);
    std::string name;
    std::size_t count = 0;
    Reference reference;
    while (file >> name >> reference.hash >> count) {
        reference.probabilities.resize(count);
        for (double& probability : reference.probabilities) {
            file >> probability;
        }
        references[name] = reference;
    }
    return references;
}

/// FNV-1a, 64 bits, over the samples' bytes.
std::string hash_of(const Samples& samples) {
    std::uint64_t value = 14695981039346656037ULL;
    for (const std::int16_t sample : samples) {
        const auto bits = static_cast<std::uint16_t>(sample);
        value = (value ^ (bits & 0xFFU)) * 1099511628211ULL;
        value = (value ^ (bits >> 8U)) * 1099511628211ULL;
    }
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
    return text.data();
}

/// As in reference.py. Its division is towards minus infinity.
Samples synthetic() {
    Samples samples;
    std::int64_t state = 1;
    int phase = 0;
    for (int index = 0; index < 160'000; ++index) {
        state = (state * 1'103'515'245 + 12'345) & 0x7FFFFFFF;
        const auto noise = static_cast<int>((state >> 16) % 401 - 200);
        phase = (phase + 300 + index / 50 % 320) % 40'000;
        const int loudness = index % 32'000 < 20'000 ? index % 4'000 : 0;
        const auto voice = static_cast<int>(std::floor((phase - 20'000) * loudness / 8'000.0));
        samples.push_back(static_cast<std::int16_t>(voice + noise));
    }
    return samples;
}

class VoiceActivityReference : public testing::Test {
protected:
    void compare(const std::string& name, const Samples& samples) {
        const auto weights = Installed(STUDIO_SPEECH_FOLDER).weights();
        if (!weights || samples.empty()) {
            return;
        }
        const Reference reference = read_references()[name];
        ASSERT_EQ(hash_of(samples), reference.hash) << "reference.py saw another input";
        ASSERT_EQ(reference.probabilities.size(), samples.size() / 512);
        using audio::silero::usable_kernels;
        for (auto kernels = usable_kernels(); *kernels != nullptr; ++kernels) {
            audio::silero::Network network(
                std::make_shared<audio::silero::Model>(*weights, **kernels), 1);
            audio::silero::Memory memory;
            double worst = 0.0;
            for (std::size_t window = 0; window < reference.probabilities.size(); ++window) {
                audio::silero::Question question{&memory, std::span<const std::int16_t, 512>(
                                                              samples.data() + window * 512, 512)};
                network.answer({&question, 1});
                worst = std::max(worst, std::abs(static_cast<double>(question.probability) -
                                                 reference.probabilities[window]));
            }
            std::cout << name << ", " << (*kernels)->name << ": " << reference.probabilities.size()
                      << " windows, greatest difference " << worst << '\n';
            EXPECT_LE(worst, tolerance);
        }
    }
};

TEST_F(VoiceActivityReference, SyntheticSoundIsJudgedAlike) {
    compare("synthetic", synthetic());
}

TEST_F(VoiceActivityReference, AFirstRecordingIsJudgedAlike) {
    compare("beckett", Installed(STUDIO_SPEECH_FOLDER).recording("beckett"));
}

TEST_F(VoiceActivityReference, ASecondRecordingIsJudgedAlike) {
    compare("two_cities", Installed(STUDIO_SPEECH_FOLDER).recording("two_cities"));
}

}  // namespace
}  // namespace studio
