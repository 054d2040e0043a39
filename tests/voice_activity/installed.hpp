#pragma once

#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audio/silero/weights.hpp"
#include "audio/wav.hpp"
#include "base/bytes.hpp"
#include "base/check.hpp"

namespace studio {

/// What lies in the folder into which tools/speech/install.sh lays models and recordings. Where it
/// was not run, the tests that need them say so and prove nothing.
class Installed {
public:
    explicit Installed(std::string folder) : folder_(std::move(folder)) {}

    [[nodiscard]] static Bytes read(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }

    /// Nothing, and a word about it, where they are not installed.
    [[nodiscard]] std::optional<audio::silero::Weights> weights() const {
        const Bytes bytes = read(folder_ + "/silero-vad/weights.bin");
        if (bytes.empty()) {
            std::cout << "NOT TESTED: no weights in " << folder_
                      << " (tools/speech/install.sh puts them there)\n";
            return std::nullopt;
        }
        auto weights = audio::silero::parse_weights(bytes);
        STUDIO_CHECK(weights, "what tools/speech/silero_weights.py wrote can be read");
        return std::move(*weights);
    }

    /// At 16 kHz; from 48 kHz by the mean of three samples, towards zero, as reference.py does it.
    /// Empty, and a word about it, where it is not installed.
    [[nodiscard]] std::vector<std::int16_t> recording(const std::string& name) const {
        const auto wav = audio::parse_wav(read(folder_ + "/recordings/" + name + ".wav"));
        if (!wav || wav->channels != 1) {
            std::cout << "NOT TESTED: no recording " << name << " in " << folder_ << '\n';
            return {};
        }
        if (wav->rate_hz == 16'000) {
            return wav->samples;
        }
        std::vector<std::int16_t> samples;
        for (std::size_t at = 0; at + 2 < wav->samples.size(); at += 3) {
            samples.push_back(static_cast<std::int16_t>(
                (wav->samples[at] + wav->samples[at + 1] + wav->samples[at + 2]) / 3));
        }
        return samples;
    }

private:
    std::string folder_;
};

}  // namespace studio
