#include "audio/log_mel/spectrum.hpp"

#include <cmath>
#include <numbers>
#include <utility>

namespace studio::audio {

namespace {

struct Complex {
    float real = 0.0F;
    float imaginary = 0.0F;
};

Complex operator+(Complex a, Complex b) {
    return {a.real + b.real, a.imaginary + b.imaginary};
}
Complex operator-(Complex a, Complex b) {
    return {a.real - b.real, a.imaginary - b.imaginary};
}
Complex operator*(float factor, Complex a) {
    return {factor * a.real, factor * a.imaginary};
}
Complex operator*(Complex a, Complex b) {
    return {a.real * b.real - a.imaginary * b.imaginary,
            a.real * b.imaginary + a.imaginary * b.real};
}
/// -i a.
Complex turned(Complex a) {
    return {a.imaginary, -a.real};
}

/// The transform of four numbers.
std::array<Complex, 4> transform_of(const std::array<Complex, 4>& a) {
    const Complex sum02 = a[0] + a[2];
    const Complex sum13 = a[1] + a[3];
    const Complex difference02 = a[0] - a[2];
    const Complex difference13 = turned(a[1] - a[3]);
    return {sum02 + sum13, difference02 + difference13, sum02 - sum13, difference02 - difference13};
}

// Cosines and sines of 72 and 144 degrees.
constexpr float cos72 = 0.309016994F;
constexpr float cos144 = -0.809016994F;
constexpr float sin72 = 0.951056516F;
constexpr float sin144 = 0.587785252F;

/// Of five: what is symmetric around the middle shares its products.
std::array<Complex, 5> transform_of(const std::array<Complex, 5>& a) {
    const Complex sum14 = a[1] + a[4];
    const Complex sum23 = a[2] + a[3];
    const Complex difference14 = turned(a[1] - a[4]);
    const Complex difference23 = turned(a[2] - a[3]);
    const Complex even1 = a[0] + cos72 * sum14 + cos144 * sum23;
    const Complex even2 = a[0] + cos144 * sum14 + cos72 * sum23;
    const Complex odd1 = sin72 * difference14 + sin144 * difference23;
    const Complex odd2 = sin144 * difference14 - sin72 * difference23;
    return {a[0] + sum14 + sum23, even1 + odd1, even2 + odd2, even2 - odd2, even1 - odd1};
}

/// One step: `count` transforms of `Radix` numbers that lie `stride * count` apart, each done for
/// `stride` neighbours.
template <std::size_t Radix, class Twiddles, class Numbers>
void step(std::size_t count, std::size_t stride, const Twiddles& twiddles, const Numbers& from,
          Numbers& to) {
    for (std::size_t q = 0; q < count; ++q) {
        for (std::size_t r = 0; r < stride; ++r) {
            std::array<Complex, Radix> a;
            for (std::size_t j = 0; j < Radix; ++j) {
                const std::size_t at = r + stride * (q + count * j);
                a[j] = {from.real[at], from.imaginary[at]};
            }
            const std::array<Complex, Radix> b = transform_of(a);
            for (std::size_t k = 0; k < Radix; ++k) {
                const Complex twiddle{twiddles.real[q * Radix + k],
                                      twiddles.imaginary[q * Radix + k]};
                const Complex value = b[k] * twiddle;
                const std::size_t at = r + stride * (Radix * q + k);
                to.real[at] = value.real;
                to.imaginary[at] = value.imaginary;
            }
        }
    }
}

}  // namespace

Spectrum400::Spectrum400() {
    std::size_t length = size;
    for (std::size_t index = 0; index < radixes.size(); ++index) {
        const std::size_t radix = radixes[index];
        Twiddles& twiddles = twiddles_[index];
        for (std::size_t q = 0; q < length / radix; ++q) {
            for (std::size_t k = 0; k < radix; ++k) {
                const double angle = -2.0 * std::numbers::pi * static_cast<double>(q * k) /
                                     static_cast<double>(length);
                twiddles.real.push_back(static_cast<float>(std::cos(angle)));
                twiddles.imaginary.push_back(static_cast<float>(std::sin(angle)));
            }
        }
        length /= radix;
    }
}

void Spectrum400::transform(Numbers& values, Numbers& spare) const {
    static_assert(radixes.size() % 2 == 0, "the last step writes to `values`");
    Numbers* from = &values;
    Numbers* to = &spare;
    std::size_t length = size;
    std::size_t stride = 1;
    for (std::size_t index = 0; index < radixes.size(); ++index) {
        length /= radixes[index];
        if (radixes[index] == 4) {
            step<4>(length, stride, twiddles_[index], *from, *to);
        } else {
            step<5>(length, stride, twiddles_[index], *from, *to);
        }
        stride *= radixes[index];
        std::swap(from, to);
    }
}

}  // namespace studio::audio
