#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audio/frame.hpp"

namespace studio::testing_support {

/// Speech for simulations: frames that a voice detector takes for a voice and from which a fake
/// recogniser reads the words back. The first samples of a frame say which utterance it belongs to
/// and where; so what was lost on the way is not understood. One loop.
class SimulatedSpeech {
public:
    static constexpr std::size_t frames_per_word = 15;

    /// Where a frame stands: `utterance` as returned by add(), `index` of 20 ms.
    struct Position {
        std::uint16_t utterance = 0;
        std::uint16_t index = 0;
    };

    /// A new utterance of these words, 300 ms each.
    [[nodiscard]] std::uint16_t add(std::string text);
    /// A sound without words: a cough, for so many frames.
    [[nodiscard]] std::uint16_t add_noise(std::size_t frames);

    [[nodiscard]] std::size_t frame_count(std::uint16_t utterance) const;
    /// Precondition: index < frame_count(utterance).
    [[nodiscard]] audio::Frame frame(std::uint16_t utterance, std::size_t index) const;
    /// Nothing where the frame is no simulated speech.
    [[nodiscard]] std::optional<Position> locate(const audio::Frame& frame) const;
    /// The words that are over by this position.
    [[nodiscard]] std::string words_until(Position position) const;

private:
    struct Utterance {
        std::vector<std::string> words;
        std::size_t frames = 0;
    };

    std::vector<Utterance> utterances_;
};

}  // namespace studio::testing_support
