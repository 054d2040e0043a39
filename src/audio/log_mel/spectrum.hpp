#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace studio::audio {

/// The discrete Fourier transform of 400 complex numbers: X[k] = sum of x[n] exp(-2 pi i k n /
/// 400). 400 is no power of two, and is what speech models at 16 kHz were trained with (25 ms).
/// Steps of 4, 4, 5 and 5 that sort themselves (Stockham). Pure; may be shared by threads.
class Spectrum400 {
public:
    static constexpr std::size_t size = 400;
    struct Numbers {
        std::array<float, size> real{};
        std::array<float, size> imaginary{};
    };

    Spectrum400();

    /// Transforms `values`; `spare` is overwritten.
    void transform(Numbers& values, Numbers& spare) const;

private:
    static constexpr std::array<std::size_t, 4> radixes{4, 4, 5, 5};
    /// exp(-2 pi i q k / n) of one step, for each q < n / radix and k < radix.
    struct Twiddles {
        std::vector<float> real;
        std::vector<float> imaginary;
    };

    std::array<Twiddles, radixes.size()> twiddles_;
};

}  // namespace studio::audio
