#pragma once

#include <cstddef>

// What of the network is worth the processor's widest registers. The same source,
// internal/kernel_body.hpp, is compiled once for each instruction set, into a source file of its
// own with its own flags. Nothing from the standard library is used there: an inline function that
// one of these files emits could be the one that the linker keeps, also for machines that lack the
// instructions.

namespace studio::audio::silero {

/// A product of matrices: out[row][column] = bias[column] + sum over k of in[row][k] *
/// weights[from + k][column], for k below `depth`; negative results become zero where `rectifies`.
struct Product {
    const float* const* in = nullptr;
    float* const* out = nullptr;
    std::size_t rows = 0;
    /// Packed: [column / panel][`height` rows][column % panel].
    const float* weights = nullptr;
    std::size_t height = 0;
    std::size_t from = 0;
    std::size_t depth = 0;
    /// A multiple of the kernels' panel.
    std::size_t columns = 0;
    const float* bias = nullptr;
    bool rectifies = false;
};

/// Magnitudes of the Fourier transforms of windowed frames: `frames` inputs of 256 samples and as
/// many outputs of 129 bins.
struct Spectrum {
    const float* const* in = nullptr;
    float* const* out = nullptr;
    std::size_t frames = 0;
    /// 256.
    const float* window = nullptr;
    /// cos and -sin of 2 pi k / 256, for k below 128.
    const float* cosines = nullptr;
    const float* sines = nullptr;
    /// Bits of 0..127 in reverse.
    const unsigned char* reversed = nullptr;
};

/// One step of the recurrent cell of one call.
struct Step {
    /// 512, before their squashing.
    const float* gates = nullptr;
    /// 128 each; both are brought forward.
    float* cell = nullptr;
    float* hidden = nullptr;
    /// 128.
    const float* decision_weight = nullptr;
    float decision_bias = 0.0F;
};

/// The functions for one instruction set.
struct Kernels {
    const char* name = "";
    /// Columns that are worked on together.
    std::size_t panel = 0;
    void (*multiply)(const Product&) = nullptr;
    void (*transform)(const Spectrum&) = nullptr;
    /// Returns the probability.
    float (*step)(const Step&) = nullptr;
};

extern const Kernels kernels_plain;
#ifdef STUDIO_X86_KERNELS
extern const Kernels kernels_avx2;
extern const Kernels kernels_avx512;
#endif

/// A list that ends with nullptr, the fastest ones first: those that this processor can run, and
/// the operating system lets it.
[[nodiscard]] const Kernels* const* usable_kernels();

}  // namespace studio::audio::silero
