#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "audio/log_mel/spectrum.hpp"

namespace studio::audio {

/// Sound as speech models of Whisper's kind want it: the power in 80 bands of the mel scale, 100
/// times a second, as a logarithm. Eight seconds of it, as models of turn ends take them. Pure; may
/// be shared by threads.
///
/// The definition (Radford et al. 2022, section 2.2, and what Whisper's feature extractor does with
/// `do_normalize`): the whole piece is shifted and scaled to mean 0 and variance 1; frames of 25 ms
/// every 10 ms, centred, the sound mirrored at both ends; Hann's window; triangles between 0 and 8
/// kHz on Slaney's mel scale, each of area 1; log10, at most 8 below the greatest of the piece;
/// plus 4, divided by 4.
class LogMel {
public:
    static constexpr std::size_t bands = 80;
    static constexpr std::size_t frames = 800;
    /// 8 s at 16 kHz.
    static constexpr std::size_t samples = 128'000;

    LogMel();

    /// Of the last eight seconds of `sound`; silence goes before what is shorter. `features` gets
    /// `frames` numbers for each band, the lowest band first. Precondition: it has room for `bands
    /// * frames`. Takes a few milliseconds and half a MiB.
    void compute(std::span<const std::int16_t> sound, std::span<float> features) const;

private:
    /// A triangle: its first frequency that counts, and the weights from there on.
    struct Band {
        std::size_t first = 0;
        std::vector<float> weights;
    };
    /// The powers of one frame, 40 Hz apart, up to 8 kHz.
    using Powers = std::array<float, Spectrum400::size / 2 + 1>;

    void add_frame(const Powers& powers, std::size_t frame, std::span<float> features) const;
    static void add_frame_again(std::size_t frame, std::span<float> features);

    Spectrum400 spectrum_;
    std::array<float, Spectrum400::size> window_{};
    std::array<Band, bands> bands_;
};

}  // namespace studio::audio
