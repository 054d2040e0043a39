// The kernels of every instruction set that this processor has, and those of the widest registers
// in narrower ones, so that their way of sharing the work is tested everywhere.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "audio/silero/internal/random_weights.hpp"

#define STUDIO_LANES 16
#define STUDIO_VECTORS 4
#define STUDIO_ROWS 6
#include "audio/silero/internal/kernel_body.hpp"

namespace studio::audio::silero {
namespace {

const Kernels wide = make_kernels("wide");

std::vector<const Kernels*> all_kernels() {
    std::vector<const Kernels*> found{&wide};
    for (const Kernels* const* next = usable_kernels(); *next != nullptr; ++next) {
        found.push_back(*next);
    }
    return found;
}

TEST(SileroKernels, TheLastResortIsAlwaysThere) {
    EXPECT_STREQ(all_kernels().back()->name, "plain");
}

TEST(SileroKernels, ProductsAreThoseOfPlainLoops) {
    std::mt19937 random(7);
    constexpr std::size_t columns = 64;
    constexpr std::size_t height = 37;
    const auto weights = random_floats(random, columns * height, 1.0);
    const auto bias = random_floats(random, columns, 1.0);
    for (const Kernels* kernels : all_kernels()) {
        std::vector<float> packed(weights.size());
        for (std::size_t row = 0; row < height; ++row) {
            for (std::size_t column = 0; column < columns; ++column) {
                packed[(column / kernels->panel * height + row) * kernels->panel +
                       column % kernels->panel] = weights[row * columns + column];
            }
        }
        // Every rest of rows and of depth.
        for (std::size_t rows = 1; rows <= 14; ++rows) {
            const std::size_t from = rows % 5;
            const std::size_t depth = height - from - rows % 4;
            const auto input = random_floats(random, rows * height, 1.0);
            std::vector<float> output(rows * columns);
            std::vector<const float*> in;
            std::vector<float*> out;
            for (std::size_t row = 0; row < rows; ++row) {
                in.push_back(input.data() + row * height);
                out.push_back(output.data() + row * columns);
            }
            kernels->multiply({.in = in.data(),
                               .out = out.data(),
                               .rows = rows,
                               .weights = packed.data(),
                               .height = height,
                               .from = from,
                               .depth = depth,
                               .columns = columns,
                               .bias = bias.data(),
                               .rectifies = rows % 2 == 0});
            for (std::size_t row = 0; row < rows; ++row) {
                for (std::size_t column = 0; column < columns; ++column) {
                    double sum = static_cast<double>(bias[column]);
                    for (std::size_t k = 0; k < depth; ++k) {
                        sum += static_cast<double>(in[row][k]) *
                               static_cast<double>(weights[(from + k) * columns + column]);
                    }
                    sum = rows % 2 == 0 ? std::max(sum, 0.0) : sum;
                    ASSERT_NEAR(static_cast<double>(out[row][column]), sum, 2e-5)
                        << kernels->name << ' ' << rows;
                }
            }
        }
    }
}

/// The tables as the model makes them, and one frame after the other.
struct TransformTables {
    std::array<float, 128> cosines{};
    std::array<float, 128> sines{};
    std::array<unsigned char, 128> reversed{};
    TransformTables() {
        for (unsigned index = 0; index < 128; ++index) {
            const double angle = 2.0 * std::numbers::pi * index / 256.0;
            cosines[index] = static_cast<float>(std::cos(angle));
            sines[index] = static_cast<float>(-std::sin(angle));
            for (unsigned bit = 0; bit < 7; ++bit) {
                reversed[index] |= static_cast<unsigned char>(((index >> bit) & 1U) << (6U - bit));
            }
        }
    }
};

TEST(SileroKernels, SpectraAreThoseOfTheDefinition) {
    std::mt19937 random(8);
    const TransformTables tables;
    const auto window = random_floats(random, fft_size, 0.5);
    for (const Kernels* kernels : all_kernels()) {
        for (const std::size_t frames : {1U, 4U, 8U, 17U}) {
            const auto input = random_floats(random, frames * fft_size, 0.3);
            std::vector<float> output(frames * bins + 1, 7.0F);
            std::vector<const float*> in;
            std::vector<float*> out;
            for (std::size_t frame = 0; frame < frames; ++frame) {
                in.push_back(input.data() + frame * fft_size);
                out.push_back(output.data() + frame * bins);
            }
            kernels->transform({.in = in.data(),
                                .out = out.data(),
                                .frames = frames,
                                .window = window.data(),
                                .cosines = tables.cosines.data(),
                                .sines = tables.sines.data(),
                                .reversed = tables.reversed.data()});
            for (std::size_t frame = 0; frame < frames; ++frame) {
                for (std::size_t bin = 0; bin < bins; ++bin) {
                    double real = 0.0;
                    double imaginary = 0.0;
                    for (std::size_t index = 0; index < fft_size; ++index) {
                        const double value = static_cast<double>(in[frame][index]) *
                                             static_cast<double>(window[index]);
                        const double angle =
                            2.0 * std::numbers::pi * static_cast<double>(bin * index % 256) / 256.0;
                        real += value * std::cos(angle);
                        imaginary -= value * std::sin(angle);
                    }
                    ASSERT_NEAR(static_cast<double>(out[frame][bin]), std::hypot(real, imaginary),
                                1e-5)
                        << kernels->name << ' ' << frames << ' ' << bin;
                }
            }
            EXPECT_EQ(output.back(), 7.0F) << "nothing is written behind the last frame";
        }
    }
}

double squash(float x) {
    return 1.0 / (1.0 + std::exp(-static_cast<double>(x)));
}

TEST(SileroKernels, TheCellStepsLikeItsEquationsAlsoForExtremes) {
    std::mt19937 random(9);
    for (const Kernels* kernels : all_kernels()) {
        for (const double deviation : {0.01, 1.0, 10.0, 1e6}) {
            const auto gates = random_floats(random, gates_size, deviation);
            const auto before = random_floats(random, cell_size, 1.0);
            const auto weight = random_floats(random, cell_size, 1.0);
            std::vector<float> cell = before;
            std::vector<float> hidden(cell_size);
            const float probability = kernels->step({.gates = gates.data(),
                                                     .cell = cell.data(),
                                                     .hidden = hidden.data(),
                                                     .decision_weight = weight.data(),
                                                     .decision_bias = 0.25F});
            double decision = 0.25;
            for (std::size_t index = 0; index < cell_size; ++index) {
                const double next =
                    squash(gates[cell_size + index]) * static_cast<double>(before[index]) +
                    squash(gates[index]) *
                        std::tanh(static_cast<double>(gates[2 * cell_size + index]));
                const double shown = squash(gates[3 * cell_size + index]) * std::tanh(next);
                ASSERT_NEAR(static_cast<double>(cell[index]), next, 1e-6) << kernels->name;
                ASSERT_NEAR(static_cast<double>(hidden[index]), shown, 1e-6) << kernels->name;
                decision += std::max(shown, 0.0) * static_cast<double>(weight[index]);
            }
            EXPECT_NEAR(static_cast<double>(probability), 1.0 / (1.0 + std::exp(-decision)), 1e-5)
                << kernels->name;
        }
    }
}

}  // namespace
}  // namespace studio::audio::silero
