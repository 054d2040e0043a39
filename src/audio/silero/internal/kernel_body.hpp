#pragma once

#include "audio/silero/internal/kernels.hpp"

// Compiled once per instruction set (kernels.hpp says why it includes nothing else). Whoever
// includes it defines STUDIO_LANES, floats in a register; STUDIO_VECTORS, registers in a panel; and
// STUDIO_ROWS, rows of a product that are worked on at once: ROWS * VECTORS sums, VECTORS weights
// and one input are to fit into the registers. The vectors are GCC's and clang's vector extensions.

namespace studio::audio::silero {
namespace {

constexpr unsigned lanes = STUDIO_LANES;
constexpr unsigned vectors = STUDIO_VECTORS;
constexpr unsigned rows_at_once = STUDIO_ROWS;
constexpr unsigned panel = lanes * vectors;

using Vector = float __attribute__((vector_size(lanes * sizeof(float))));
using Numbers = int __attribute__((vector_size(lanes * sizeof(int))));

inline Vector load(const float* from) {
    Vector value;
    __builtin_memcpy(&value, from, sizeof value);
    return value;
}

inline void store(float* to, Vector value) {
    __builtin_memcpy(to, &value, sizeof value);
}

inline Vector all(float value) {
    return value - Vector{};
}

/// `Rows` rows times one panel. A row alone takes four sums for each column in turn, because each
/// addition waits for the one before it.
template <unsigned Rows>
inline void multiply_panel(const Product& product, std::size_t first_row, std::size_t column) {
    constexpr unsigned chains = Rows == 1 ? 4 : 1;
    Vector sums[chains][Rows][vectors];
    const float* in[Rows];
    for (unsigned row = 0; row < Rows; ++row) {
        in[row] = product.in[first_row + row];
        for (unsigned index = 0; index < vectors; ++index) {
            sums[0][row][index] = load(product.bias + column + index * lanes);
            for (unsigned chain = 1; chain < chains; ++chain) {
                sums[chain][row][index] = Vector{};
            }
        }
    }
    const float* weights = product.weights + column * product.height + product.from * panel;
    std::size_t depth = 0;
    for (; depth + chains <= product.depth; depth += chains) {
        for (unsigned chain = 0; chain < chains; ++chain) {
            for (unsigned row = 0; row < Rows; ++row) {
                const Vector input = all(in[row][depth + chain]);
                for (unsigned index = 0; index < vectors; ++index) {
                    sums[chain][row][index] +=
                        input * load(weights + (depth + chain) * panel + index * lanes);
                }
            }
        }
    }
    for (; depth < product.depth; ++depth) {
        for (unsigned row = 0; row < Rows; ++row) {
            const Vector input = all(in[row][depth]);
            for (unsigned index = 0; index < vectors; ++index) {
                sums[0][row][index] += input * load(weights + depth * panel + index * lanes);
            }
        }
    }
    for (unsigned row = 0; row < Rows; ++row) {
        for (unsigned index = 0; index < vectors; ++index) {
            Vector sum = sums[0][row][index];
            for (unsigned chain = 1; chain < chains; ++chain) {
                sum += sums[chain][row][index];
            }
            if (product.rectifies) {
                sum = sum > Vector{} ? sum : Vector{};
            }
            store(product.out[first_row + row] + column + index * lanes, sum);
        }
    }
}

void multiply(const Product& product) {
    for (std::size_t column = 0; column < product.columns; column += panel) {
        std::size_t row = 0;
        for (; row + rows_at_once <= product.rows; row += rows_at_once) {
            multiply_panel<rows_at_once>(product, row, column);
        }
        for (; row + 2 <= product.rows; row += 2) {
            multiply_panel<2>(product, row, column);
        }
        if (row < product.rows) {
            multiply_panel<1>(product, row, column);
        }
    }
}

/// e^x to 1e-7 of its value, for |x| up to 87: 2^n times a Taylor series around 0, of a rest of at
/// most ln(2)/2.
inline Vector exponential(Vector x) {
    constexpr float range = 87.0F;
    x = x > all(range) ? all(range) : x;
    x = x < all(-range) ? all(-range) : x;
    // Adding 1.5 * 2^23 leaves no place for a fraction, so that it rounds.
    constexpr float rounder = 12'582'912.0F;
    const Vector whole = (x * 1.44269504F + rounder) - rounder;
    // ln(2) in two parts, the first of which has so few bits that its product is exact.
    const Vector rest = (x - whole * 0.693359375F) + whole * 2.12194440e-4F;
    Vector sum = all(1.0F / 5'040.0F);
    sum = sum * rest + 1.0F / 720.0F;
    sum = sum * rest + 1.0F / 120.0F;
    sum = sum * rest + 1.0F / 24.0F;
    sum = sum * rest + 1.0F / 6.0F;
    sum = sum * rest + 0.5F;
    sum = sum * rest + 1.0F;
    sum = sum * rest + 1.0F;
    const Numbers power = (__builtin_convertvector(whole, Numbers) + 127) << 23;
    Vector scale;
    __builtin_memcpy(&scale, &power, sizeof scale);
    return sum * scale;
}

inline Vector sigmoid(Vector x) {
    return 1.0F / (1.0F + exponential(-x));
}

inline Vector hyperbolic_tangent(Vector x) {
    return 2.0F / (1.0F + exponential(-2.0F * x)) - 1.0F;
}

float step(const Step& step) {
    constexpr unsigned size = 128;
    Vector decision{};
    for (unsigned index = 0; index < size; index += lanes) {
        const Vector input = sigmoid(load(step.gates + index));
        const Vector forget = sigmoid(load(step.gates + size + index));
        const Vector fresh = hyperbolic_tangent(load(step.gates + 2 * size + index));
        const Vector output = sigmoid(load(step.gates + 3 * size + index));
        const Vector cell = forget * load(step.cell + index) + input * fresh;
        const Vector hidden = output * hyperbolic_tangent(cell);
        store(step.cell + index, cell);
        store(step.hidden + index, hidden);
        decision += (hidden > Vector{} ? hidden : Vector{}) * load(step.decision_weight + index);
    }
    float sum = step.decision_bias;
    for (unsigned lane = 0; lane < lanes; ++lane) {
        sum += decision[lane];
    }
    return sigmoid(all(sum))[0];
}

/// Two frames' worth of work per lane would be idle where there are fewer frames than lanes: they
/// repeat the last frame, and nobody reads what becomes of it.
struct Transform {
    static constexpr unsigned half = 128;
    float real[half][lanes];
    float imaginary[half][lanes];

    /// The even samples are real parts, the odd ones imaginary: 256 real samples make 128 complex
    /// ones.
    void gather(const Spectrum& spectrum, std::size_t first) {
        for (unsigned lane = 0; lane < lanes; ++lane) {
            const std::size_t last = spectrum.frames - 1;
            const float* in = spectrum.in[first + lane < last ? first + lane : last];
            for (unsigned index = 0; index < half; ++index) {
                const unsigned target = spectrum.reversed[index];
                real[target][lane] = in[2 * index] * spectrum.window[2 * index];
                imaginary[target][lane] = in[2 * index + 1] * spectrum.window[2 * index + 1];
            }
        }
    }

    /// Radix 2, decimation in time, in place (Cooley and Tukey).
    void transform(const Spectrum& spectrum) {
        for (unsigned span = 1; span < half; span *= 2) {
            const unsigned stride = half / span;
            for (unsigned offset = 0; offset < span; ++offset) {
                const float c = spectrum.cosines[offset * stride];
                const float s = spectrum.sines[offset * stride];
                for (unsigned base = offset; base < half; base += 2 * span) {
                    const Vector ar = load(real[base]);
                    const Vector ai = load(imaginary[base]);
                    const Vector br = load(real[base + span]);
                    const Vector bi = load(imaginary[base + span]);
                    const Vector tr = br * c - bi * s;
                    const Vector ti = br * s + bi * c;
                    store(real[base], ar + tr);
                    store(imaginary[base], ai + ti);
                    store(real[base + span], ar - tr);
                    store(imaginary[base + span], ai - ti);
                }
            }
        }
    }

    static void put(const Spectrum& spectrum, std::size_t first, unsigned bin, Vector re,
                    Vector im) {
        const Vector square = re * re + im * im;
        const std::size_t left = spectrum.frames - first;
        const unsigned count = left < lanes ? static_cast<unsigned>(left) : lanes;
        float roots[lanes];
        for (unsigned lane = 0; lane < lanes; ++lane) {
            roots[lane] = __builtin_sqrtf(square[lane]);
        }
        for (unsigned lane = 0; lane < count; ++lane) {
            spectrum.out[first + lane][bin] = roots[lane];
        }
    }

    /// Takes the transforms of the even and the odd samples apart, and joins them.
    void scatter(const Spectrum& spectrum, std::size_t first) const {
        put(spectrum, first, 0, load(real[0]) + load(imaginary[0]), Vector{});
        put(spectrum, first, half, load(real[0]) - load(imaginary[0]), Vector{});
        for (unsigned bin = 1; bin < half; ++bin) {
            const Vector zr = load(real[bin]);
            const Vector zi = load(imaginary[bin]);
            const Vector yr = load(real[half - bin]);
            const Vector yi = load(imaginary[half - bin]);
            const Vector er = 0.5F * (zr + yr);
            const Vector ei = 0.5F * (zi - yi);
            const Vector odd_r = 0.5F * (zi + yi);
            const Vector odd_i = 0.5F * (yr - zr);
            const float c = spectrum.cosines[bin];
            const float s = spectrum.sines[bin];
            put(spectrum, first, bin, er + odd_r * c - odd_i * s, ei + odd_r * s + odd_i * c);
        }
    }
};

void transform(const Spectrum& spectrum) {
    Transform work;
    for (std::size_t first = 0; first < spectrum.frames; first += lanes) {
        work.gather(spectrum, first);
        work.transform(spectrum);
        work.scatter(spectrum, first);
    }
}

constexpr Kernels make_kernels(const char* name) {
    return {name, panel, multiply, transform, step};
}

}  // namespace
}  // namespace studio::audio::silero
