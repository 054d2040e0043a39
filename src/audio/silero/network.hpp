#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "audio/silero/weights.hpp"

namespace studio::audio::silero {

struct Kernels;

/// The weights as this processor reads them fastest. Immutable: one for the process, shared by the
/// networks of all threads.
class Model {
public:
    /// For the best instructions that this processor has.
    explicit Model(const Weights& weights);
    /// For `kernels`, which this processor has; for tests and measurements.
    Model(const Weights& weights, const Kernels& kernels);

    /// The name of the instruction set: `avx512`, `avx2` or `plain`.
    [[nodiscard]] const char* instructions() const;

private:
    friend class Network;
    /// A matrix as Kernels take it, [in * taps][out], and its bias.
    struct Layer {
        std::vector<float> weights;
        std::vector<float> bias;
        std::size_t height = 0;
        std::size_t columns = 0;
    };
    [[nodiscard]] Layer pack(const std::vector<float>& rows, std::size_t height,
                             std::vector<float> bias) const;
    [[nodiscard]] Layer pack(const Convolution& convolution, std::size_t in) const;

    const Kernels& kernels_;
    std::array<Layer, 4> convolutions_;
    /// Of what the convolutions found and what the cell remembers, one below the other.
    Layer cell_;
    std::vector<float> decision_weight_;
    float decision_bias_ = 0.0F;
    std::vector<float> window_;
    std::array<float, fft_step> cosines_{};
    std::array<float, fft_step> sines_{};
    std::array<unsigned char, fft_step> reversed_{};
};

/// What the network remembers of one call. A fresh one has heard silence.
struct Memory {
    std::array<float, context_samples> context{};
    std::array<float, cell_size> hidden{};
    std::array<float, cell_size> cell{};
};

/// One window of one call, to be judged.
struct Question {
    Memory* memory = nullptr;
    /// The samples that follow those of the call's last window.
    std::span<const std::int16_t, window_samples> samples;
    /// The answer: how likely the end of the window is speech, 0 to 1.
    float probability = 0.0F;
};

/// The voice activity network of Silero VAD 6, for several calls side by side: the weights are read
/// once for all of them. Its results are the model's to a few millionths. No allocation after
/// construction; one thread.
///
///   576 samples -> 4 spectra of 129 -> 4 convolutions -> 128 -> recurrent cell -> probability
class Network {
public:
    /// `batch_max` windows are computed at once, 1 to 256; each takes 10 KiB.
    Network(std::shared_ptr<const Model> model, std::size_t batch_max);

    /// Answers every question, however many. No memory occurs twice in one call.
    void answer(std::span<Question> questions);

    [[nodiscard]] const Model& model() const { return *model_; }

private:
    /// Where the windows of a batch are on their way through the network.
    struct Slot {
        /// Context, window, and its end mirrored.
        std::array<float, context_samples + window_samples + context_samples> samples{};
        // The moments lie behind one another.
        std::array<float, 4 * bins> spectra{};
        std::array<float, 4 * channels_1> first{};
        std::array<float, 2 * channels_2> second{};
        std::array<float, channels_3> third{};
        /// What the convolutions found, and what the cell remembers.
        std::array<float, 2 * cell_size> found{};
        std::array<float, gates_size> gates{};
    };
    /// Rows of a product: where each is read and written.
    struct Rows {
        std::vector<const float*> in;
        std::vector<float*> out;
        /// Of each window.
        std::size_t each = 1;
    };

    void answer_batch(std::span<Question> questions);
    void listen(std::span<Question> questions);
    void multiply(const Model::Layer& layer, const Rows& rows, std::size_t windows,
                  std::size_t first_row, std::size_t depth, bool rectifies) const;

    std::shared_ptr<const Model> model_;
    std::vector<Slot> slots_;
    Rows spectra_;
    Rows first_left_;
    Rows first_middle_;
    Rows first_right_;
    Rows second_left_;
    Rows second_right_;
    Rows third_;
    Rows fourth_;
    Rows cell_;
};

}  // namespace studio::audio::silero
