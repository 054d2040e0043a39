#include "audio/silero/network.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "audio/silero/internal/kernels.hpp"
#include "audio/silero/internal/random_weights.hpp"

namespace studio::audio::silero {
namespace {

using Samples = std::vector<std::int16_t>;
using Signal = std::vector<double>;

Samples random_samples(unsigned seed, std::size_t windows) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal(0.0, 3'000.0);
    Samples samples(windows * window_samples);
    for (std::int16_t& sample : samples) {
        sample = static_cast<std::int16_t>(normal(random));
    }
    return samples;
}

std::span<const std::int16_t, window_samples> window_of(const Samples& samples, std::size_t index) {
    return std::span<const std::int16_t, window_samples>(samples.data() + index * window_samples,
                                                         window_samples);
}

/// The network as it is described, in loops and double precision: [channel][moment] throughout.
class PlainNetwork {
public:
    explicit PlainNetwork(const Weights& weights) : weights_(weights) {}

    double judge(std::span<const std::int16_t, window_samples> samples) {
        Signal heard = context_;
        for (const std::int16_t sample : samples) {
            heard.push_back(sample / 32'768.0);
        }
        context_.assign(heard.end() - context_samples, heard.end());
        const std::size_t last = heard.size() - 1;
        for (std::size_t index = 1; index <= context_samples; ++index) {
            heard.push_back(heard[last - index]);
        }
        std::vector<Signal> signal = spectra_of(heard);
        signal = convolve(signal, weights_.convolutions[0], 1);
        signal = convolve(signal, weights_.convolutions[1], 2);
        signal = convolve(signal, weights_.convolutions[2], 2);
        signal = convolve(signal, weights_.convolutions[3], 1);
        return remember(signal);
    }

private:
    static double at(const std::vector<float>& values, std::size_t index) {
        return static_cast<double>(values[index]);
    }
    [[nodiscard]] std::vector<Signal> spectra_of(const Signal& heard) const {
        std::vector<Signal> spectra(bins, Signal(4));
        for (std::size_t moment = 0; moment < 4; ++moment) {
            for (std::size_t bin = 0; bin < bins; ++bin) {
                double real = 0.0;
                double imaginary = 0.0;
                for (std::size_t index = 0; index < fft_size; ++index) {
                    const double value =
                        heard[moment * fft_step + index] * at(weights_.window, index);
                    const double angle =
                        2.0 * std::numbers::pi * static_cast<double>(bin * index) / fft_size;
                    real += value * std::cos(angle);
                    imaginary += value * std::sin(angle);
                }
                spectra[bin][moment] = std::hypot(real, imaginary);
            }
        }
        return spectra;
    }
    static std::vector<Signal> convolve(const std::vector<Signal>& in,
                                        const Convolution& convolution, std::size_t stride) {
        const std::size_t moments = in.front().size();
        std::vector<Signal> out(convolution.bias.size());
        for (std::size_t target = 0; target < out.size(); ++target) {
            for (std::size_t centre = 0; centre < moments; centre += stride) {
                double sum = at(convolution.bias, target);
                for (std::size_t source = 0; source < in.size(); ++source) {
                    for (std::size_t tap = 0; tap < taps; ++tap) {
                        if (centre + tap >= 1 && centre + tap - 1 < moments) {
                            sum +=
                                in[source][centre + tap - 1] *
                                at(convolution.weight, (target * in.size() + source) * taps + tap);
                        }
                    }
                }
                out[target].push_back(std::max(sum, 0.0));
            }
        }
        return out;
    }
    double remember(const std::vector<Signal>& signal) {
        Signal gates(gates_size);
        for (std::size_t gate = 0; gate < gates_size; ++gate) {
            gates[gate] = at(weights_.input_bias, gate) + at(weights_.hidden_bias, gate);
            for (std::size_t index = 0; index < cell_size; ++index) {
                gates[gate] +=
                    signal[index][0] * at(weights_.input_weight, gate * cell_size + index);
                gates[gate] +=
                    hidden_[index] * at(weights_.hidden_weight, gate * cell_size + index);
            }
        }
        double decision = static_cast<double>(weights_.decision_bias);
        const auto squash = [](double x) { return 1.0 / (1.0 + std::exp(-x)); };
        for (std::size_t index = 0; index < cell_size; ++index) {
            cell_[index] = squash(gates[cell_size + index]) * cell_[index] +
                           squash(gates[index]) * std::tanh(gates[2 * cell_size + index]);
            hidden_[index] = squash(gates[3 * cell_size + index]) * std::tanh(cell_[index]);
            decision += std::max(hidden_[index], 0.0) * at(weights_.decision_weight, index);
        }
        return squash(decision);
    }

    const Weights& weights_;
    Signal context_ = Signal(context_samples);
    Signal hidden_ = Signal(cell_size);
    Signal cell_ = Signal(cell_size);
};

TEST(SileroNetwork, IsWhatItsDescriptionSays) {
    const Weights weights = random_weights(1);
    const Samples samples = random_samples(2, 12);
    for (const Kernels* const* kernels = usable_kernels(); *kernels != nullptr; ++kernels) {
        Network network(std::make_shared<Model>(weights, **kernels), 3);
        PlainNetwork plain(weights);
        Memory memory;
        double least = 1.0;
        double most = 0.0;
        for (std::size_t index = 0; index < 12; ++index) {
            Question question{&memory, window_of(samples, index)};
            network.answer({&question, 1});
            const auto probability = static_cast<double>(question.probability);
            EXPECT_NEAR(probability, plain.judge(window_of(samples, index)), 1e-5)
                << (*kernels)->name << ' ' << index;
            least = std::min(least, probability);
            most = std::max(most, probability);
        }
        EXPECT_GT(most - least, 0.01) << "the comparison means something";
    }
}

TEST(SileroNetwork, CallsSideBySideDoNotHearEachOther) {
    const auto model = std::make_shared<Model>(random_weights(3));
    constexpr std::size_t calls = 11;
    Network alone(model, 1);
    // Batches of 4, 4 and 3.
    Network together(model, 4);
    std::vector<Memory> memories(calls);
    std::vector<Memory> single(calls);
    std::vector<Samples> samples;
    for (unsigned call = 0; call < calls; ++call) {
        samples.push_back(random_samples(10 + call, 5));
    }
    for (std::size_t window = 0; window < 5; ++window) {
        std::vector<Question> questions;
        for (std::size_t call = 0; call < calls; ++call) {
            questions.push_back({&memories[call], window_of(samples[call], window)});
        }
        together.answer(questions);
        for (std::size_t call = 0; call < calls; ++call) {
            Question question{&single[call], window_of(samples[call], window)};
            alone.answer({&question, 1});
            EXPECT_NEAR(question.probability, questions[call].probability, 2e-6F);
        }
    }
}

TEST(SileroNetwork, LoudestAndSilentSoundsGiveProbabilities) {
    Network network(std::make_shared<Model>(random_weights(4)), 2);
    for (const std::int16_t level :
         {std::int16_t{0}, std::int16_t{32'767}, std::int16_t{-32'768}}) {
        const Samples samples(window_samples, level);
        Memory memory;
        for (int turn = 0; turn < 50; ++turn) {
            Question question{&memory, window_of(samples, 0)};
            network.answer({&question, 1});
            EXPECT_GE(question.probability, 0.0F);
            EXPECT_LE(question.probability, 1.0F);
        }
    }
}

}  // namespace
}  // namespace studio::audio::silero
