#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace studio::audio::silero {

// The sizes of the network, from the model silero_vad_16k_op15 (Silero VAD 6, MIT licence).

/// New samples of one window, 32 ms at 16 kHz, and those of the window before that it hears again.
inline constexpr std::size_t window_samples = 512;
inline constexpr std::size_t context_samples = 64;
/// Of the short-time Fourier transform.
inline constexpr std::size_t fft_size = 256;
inline constexpr std::size_t fft_step = 128;
inline constexpr std::size_t bins = fft_size / 2 + 1;
/// Channels after each convolution; the last ones are the state of the recurrent cell.
inline constexpr std::size_t channels_1 = 128;
inline constexpr std::size_t channels_2 = 64;
inline constexpr std::size_t channels_3 = 64;
inline constexpr std::size_t cell_size = 128;
inline constexpr std::size_t gates_size = 4 * cell_size;
/// Taps of each convolution.
inline constexpr std::size_t taps = 3;

/// A convolution: weight[out][in][tap], bias[out].
struct Convolution {
    std::vector<float> weight;
    std::vector<float> bias;
};

/// What the network has learnt, in the order of the model's tensors. The sizes are right, and every
/// number is finite.
struct Weights {
    /// The window of the Fourier transform.
    std::vector<float> window;
    /// bins -> channels_1 -> channels_2 -> channels_3 -> cell_size.
    Convolution convolutions[4];
    /// [gates_size][cell_size]; gates in the order input, forget, cell, output.
    std::vector<float> input_weight;
    std::vector<float> hidden_weight;
    std::vector<float> input_bias;
    std::vector<float> hidden_bias;
    /// [cell_size], and one number.
    std::vector<float> decision_weight;
    float decision_bias = 0.0F;
};

/// No file of weights is of another size.
inline constexpr std::size_t weights_file_bytes = 975'388;

/// Reads what tools/speech/silero_weights.py wrote; its comment says how that is laid out. The
/// bytes are hostile. The error is a line for people.
[[nodiscard]] Result<Weights, std::string> parse_weights(ByteView bytes);

}  // namespace studio::audio::silero
