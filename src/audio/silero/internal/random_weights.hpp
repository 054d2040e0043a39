#pragma once

#include <cstddef>
#include <random>
#include <vector>

#include "audio/silero/weights.hpp"

namespace studio::audio::silero {

/// Numbers like those of a trained network, for tests that need none of it.
inline std::vector<float> random_floats(std::mt19937& random, std::size_t count, double deviation) {
    std::normal_distribution<double> normal(0.0, deviation);
    std::vector<float> values(count);
    for (float& value : values) {
        value = static_cast<float>(normal(random));
    }
    return values;
}

inline Weights random_weights(unsigned seed) {
    std::mt19937 random(seed);
    Weights weights;
    weights.window = random_floats(random, fft_size, 0.5);
    const std::size_t sizes[] = {bins, channels_1, channels_2, channels_3, cell_size};
    for (std::size_t layer = 0; layer < 4; ++layer) {
        Convolution& convolution = weights.convolutions[layer];
        convolution.weight =
            random_floats(random, sizes[layer] * sizes[layer + 1] * taps, layer == 0 ? 0.01 : 0.1);
        convolution.bias = random_floats(random, sizes[layer + 1], 0.1);
    }
    weights.input_weight = random_floats(random, gates_size * cell_size, 0.1);
    weights.hidden_weight = random_floats(random, gates_size * cell_size, 0.1);
    weights.input_bias = random_floats(random, gates_size, 0.1);
    weights.hidden_bias = random_floats(random, gates_size, 0.1);
    weights.decision_weight = random_floats(random, cell_size, 0.3);
    weights.decision_bias = -0.2F;
    return weights;
}

}  // namespace studio::audio::silero
