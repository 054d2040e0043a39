#include "support/fakes/simulated_speech.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <sstream>

namespace studio::testing_support {
namespace {

constexpr std::int16_t mark = 12'345;
constexpr double fundamental_hz = 150.0;
constexpr double amplitude = 2'500.0;

}  // namespace

std::uint16_t SimulatedSpeech::add(std::string text) {
    Utterance utterance;
    std::istringstream stream(text);
    for (std::string word; stream >> word;) {
        utterance.words.push_back(word);
    }
    utterance.frames = utterance.words.size() * frames_per_word;
    utterances_.push_back(std::move(utterance));
    return static_cast<std::uint16_t>(utterances_.size() - 1);
}

std::uint16_t SimulatedSpeech::add_noise(std::size_t frames) {
    utterances_.push_back({{}, frames});
    return static_cast<std::uint16_t>(utterances_.size() - 1);
}

std::size_t SimulatedSpeech::frame_count(std::uint16_t utterance) const {
    return utterances_.at(utterance).frames;
}

audio::Frame SimulatedSpeech::frame(std::uint16_t utterance, std::size_t index) const {
    audio::Frame frame;
    for (std::size_t offset = 0; offset < audio::frame_samples; ++offset) {
        // Eight harmonics of a slowly gliding voice, as vowels have.
        const double time =
            static_cast<double>(index * audio::frame_samples + offset) / audio::sample_rate_hz;
        const double glide = 1.0 + 0.05 * std::sin(2.0 * std::numbers::pi * 3.0 * time);
        double sample = 0.0;
        for (int harmonic = 1; harmonic <= 8; ++harmonic) {
            sample += std::sin(2.0 * std::numbers::pi * fundamental_hz * harmonic * glide * time) /
                      harmonic;
        }
        frame.samples.at(offset) = static_cast<std::int16_t>(amplitude * sample);
    }
    frame.samples[0] = mark;
    frame.samples[1] = static_cast<std::int16_t>(utterance);
    frame.samples[2] = static_cast<std::int16_t>(index);
    return frame;
}

std::optional<SimulatedSpeech::Position> SimulatedSpeech::locate(const audio::Frame& frame) const {
    const auto utterance = static_cast<std::uint16_t>(frame.samples[1]);
    const auto index = static_cast<std::uint16_t>(frame.samples[2]);
    if (frame.samples[0] != mark || utterance >= utterances_.size() ||
        index >= utterances_[utterance].frames) {
        return std::nullopt;
    }
    return Position{utterance, index};
}

std::string SimulatedSpeech::words_until(Position position) const {
    const Utterance& utterance = utterances_.at(position.utterance);
    const std::size_t count =
        std::min(utterance.words.size(), (position.index + std::size_t{2}) / frames_per_word);
    std::string text;
    for (std::size_t index = 0; index < count; ++index) {
        text += (index == 0 ? "" : " ") + utterance.words[index];
    }
    return text;
}

}  // namespace studio::testing_support
