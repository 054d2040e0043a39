#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "audio/resampler.hpp"

namespace studio::adapters::sherpa {

/// The silence that stays, in milliseconds. A voice leaves 40 to 70 ms before a piece and 130 to
/// 230 ms after it, whatever its mark; what stays is what one hears of a person who reads.
struct JoinOptions {
    /// Before a piece.
    int before_ms = 15;
    /// After one that goes on in the middle of a clause.
    int within_ms = 25;
    /// After a comma, a semicolon or colon, and the end of a sentence.
    int comma_ms = 140;
    int colon_ms = 200;
    int sentence_ms = 280;
    /// After the last piece: the next text is heard behind it.
    int last_ms = 200;
};

/// Joins the pieces of one synthesis: takes the silence off that a voice leaves around each, puts
/// the one back that belongs there, fades the ends over 4 ms so that nothing clicks, and gives 16
/// kHz. One owner.
class VoiceJoiner {
public:
    /// `rate_hz` of the pieces: 4'000 to 192'000.
    explicit VoiceJoiner(int rate_hz, JoinOptions options = {});

    /// What a piece became.
    struct Joined {
        std::vector<std::int16_t> samples;
        /// Where its sound begins and ends, in samples at 16 kHz since the start.
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    /// The next piece as the model gave it, -1 to 1; what is no number is silence. `mark` as of a
    /// VoicePiece. With the last one the rest comes out of the resampler.
    [[nodiscard]] Joined add(std::span<const float> samples, char mark, bool is_last);

private:
    [[nodiscard]] std::size_t samples_of(int duration_ms) const;
    [[nodiscard]] int pause_of(char mark, bool is_last) const;
    void resample(std::vector<std::int16_t>& target);

    int rate_hz_;
    JoinOptions options_;
    audio::Resampler resampler_;
    /// At the model's rate: of the present piece, and how many went before.
    std::vector<std::int16_t> source_;
    std::size_t before_ = 0;
};

}  // namespace studio::adapters::sherpa
