#include "audio/silero/network.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "audio/silero/internal/kernels.hpp"
#include "base/check.hpp"

namespace studio::audio::silero {

Model::Model(const Weights& weights) : Model(weights, **usable_kernels()) {}

Model::Model(const Weights& weights, const Kernels& kernels)
    : kernels_(kernels),
      convolutions_{pack(weights.convolutions[0], bins), pack(weights.convolutions[1], channels_1),
                    pack(weights.convolutions[2], channels_2),
                    pack(weights.convolutions[3], channels_3)},
      decision_weight_(weights.decision_weight),
      decision_bias_(weights.decision_bias),
      window_(weights.window) {
    std::vector<float> rows(2 * cell_size * gates_size);
    std::vector<float> bias(gates_size);
    for (std::size_t gate = 0; gate < gates_size; ++gate) {
        bias[gate] = weights.input_bias[gate] + weights.hidden_bias[gate];
        for (std::size_t index = 0; index < cell_size; ++index) {
            const std::size_t from = gate * cell_size + index;
            rows[index * gates_size + gate] = weights.input_weight[from];
            rows[(cell_size + index) * gates_size + gate] = weights.hidden_weight[from];
        }
    }
    cell_ = pack(rows, 2 * cell_size, std::move(bias));
    for (std::size_t index = 0; index < fft_step; ++index) {
        const double angle = 2.0 * std::numbers::pi * static_cast<double>(index) / fft_size;
        cosines_[index] = static_cast<float>(std::cos(angle));
        sines_[index] = static_cast<float>(-std::sin(angle));
        std::size_t reversed = 0;
        for (unsigned bit = 0; bit < 7; ++bit) {
            reversed |= ((index >> bit) & 1U) << (6U - bit);
        }
        reversed_[index] = static_cast<unsigned char>(reversed);
    }
}

const char* Model::instructions() const {
    return kernels_.name;
}

/// `rows` is [height][columns].
Model::Layer Model::pack(const std::vector<float>& rows, std::size_t height,
                         std::vector<float> bias) const {
    Layer layer;
    layer.height = height;
    layer.columns = bias.size();
    layer.bias = std::move(bias);
    layer.weights.resize(rows.size());
    const std::size_t panel = kernels_.panel;
    STUDIO_CHECK(layer.columns % panel == 0, "the layers are made of whole panels");
    for (std::size_t row = 0; row < height; ++row) {
        for (std::size_t column = 0; column < layer.columns; ++column) {
            layer.weights[(column / panel * height + row) * panel + column % panel] =
                rows[row * layer.columns + column];
        }
    }
    return layer;
}

/// From [out][in][tap] to [tap * in][out]: the channels of neighbouring moments lie behind one
/// another.
Model::Layer Model::pack(const Convolution& convolution, std::size_t in) const {
    const std::size_t out = convolution.bias.size();
    std::vector<float> rows(taps * in * out);
    for (std::size_t target = 0; target < out; ++target) {
        for (std::size_t source = 0; source < in; ++source) {
            for (std::size_t tap = 0; tap < taps; ++tap) {
                rows[(tap * in + source) * out + target] =
                    convolution.weight[(target * in + source) * taps + tap];
            }
        }
    }
    return pack(rows, taps * in, convolution.bias);
}

Network::Network(std::shared_ptr<const Model> model, std::size_t batch_max)
    : model_(std::move(model)), slots_(batch_max) {
    STUDIO_CHECK(batch_max >= 1 && batch_max <= 256, "a batch of 1 to 256 windows");
    first_middle_.each = 2;
    spectra_.each = 4;
    for (Slot& slot : slots_) {
        const auto add = [](Rows& rows, const float* in, float* out) {
            rows.in.push_back(in);
            rows.out.push_back(out);
        };
        float* const spectra = slot.spectra.data();
        float* const first = slot.first.data();
        float* const second = slot.second.data();
        for (std::size_t moment = 0; moment < 4; ++moment) {
            add(spectra_, slot.samples.data() + moment * fft_step, spectra + moment * bins);
        }
        // A convolution hears one moment to either side. Where there is none, what would be zeros
        // is left out.
        add(first_left_, spectra, first);
        add(first_middle_, spectra, first + channels_1);
        add(first_middle_, spectra + bins, first + 2 * channels_1);
        add(first_right_, spectra + 2 * bins, first + 3 * channels_1);
        add(second_left_, first, second);
        add(second_right_, first + channels_1, second + channels_2);
        add(third_, second, slot.third.data());
        add(fourth_, slot.third.data(), slot.found.data());
        add(cell_, slot.found.data(), slot.gates.data());
    }
}

void Network::answer(std::span<Question> questions) {
    while (!questions.empty()) {
        const std::size_t count = std::min(questions.size(), slots_.size());
        answer_batch(questions.first(count));
        questions = questions.subspan(count);
    }
}

void Network::listen(std::span<Question> questions) {
    for (std::size_t index = 0; index < questions.size(); ++index) {
        Question& question = questions[index];
        Slot& slot = slots_[index];
        auto next = std::copy(question.memory->context.begin(), question.memory->context.end(),
                              slot.samples.begin());
        for (const std::int16_t sample : question.samples) {
            *next++ = static_cast<float>(sample) / 32'768.0F;
        }
        std::copy(next - context_samples, next, question.memory->context.begin());
        // Mirrored at the last sample, which is not repeated.
        std::reverse_copy(next - 1 - context_samples, next - 1, next);
        std::copy(question.memory->hidden.begin(), question.memory->hidden.end(),
                  slot.found.begin() + cell_size);
    }
}

void Network::multiply(const Model::Layer& layer, const Rows& rows, std::size_t windows,
                       std::size_t first_row, std::size_t depth, bool rectifies) const {
    model_->kernels_.multiply({.in = rows.in.data(),
                               .out = rows.out.data(),
                               .rows = windows * rows.each,
                               .weights = layer.weights.data(),
                               .height = layer.height,
                               .from = first_row,
                               .depth = depth,
                               .columns = layer.columns,
                               .bias = layer.bias.data(),
                               .rectifies = rectifies});
}

void Network::answer_batch(std::span<Question> questions) {
    listen(questions);
    const std::size_t count = questions.size();
    const Model& model = *model_;
    model.kernels_.transform({.in = spectra_.in.data(),
                              .out = spectra_.out.data(),
                              .frames = count * spectra_.each,
                              .window = model.window_.data(),
                              .cosines = model.cosines_.data(),
                              .sines = model.sines_.data(),
                              .reversed = model.reversed_.data()});
    const auto& [first, second, third, fourth] = model.convolutions_;
    multiply(first, first_left_, count, bins, 2 * bins, true);
    multiply(first, first_middle_, count, 0, 3 * bins, true);
    multiply(first, first_right_, count, 0, 2 * bins, true);
    // Every second moment of the first layer, and of the second one.
    multiply(second, second_left_, count, channels_1, 2 * channels_1, true);
    multiply(second, second_right_, count, 0, 3 * channels_1, true);
    multiply(third, third_, count, channels_2, 2 * channels_2, true);
    // A single moment is left, which has no neighbours.
    multiply(fourth, fourth_, count, channels_3, channels_3, true);
    multiply(model.cell_, cell_, count, 0, 2 * cell_size, false);
    for (std::size_t index = 0; index < count; ++index) {
        Memory& memory = *questions[index].memory;
        questions[index].probability =
            model.kernels_.step({.gates = slots_[index].gates.data(),
                                 .cell = memory.cell.data(),
                                 .hidden = memory.hidden.data(),
                                 .decision_weight = model.decision_weight_.data(),
                                 .decision_bias = model.decision_bias_});
    }
}

}  // namespace studio::audio::silero
