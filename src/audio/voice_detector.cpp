#include "audio/voice_detector.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <span>

namespace studio::audio {

namespace {

constexpr float low_pass_hz = 900.0F;
constexpr float high_pass_hz = 80.0F;
/// Quieter than this is nobody speaking into a telephone.
constexpr float level_min_dbfs = -58.0F;
/// 70 to 400 Hz at 4 kHz: the pitch of men, women and children.
constexpr std::size_t lag_min = 10;
constexpr std::size_t lag_max = 57;
/// 300 ms; eight of them make the 2.4 s over which the quietest frame is the floor. Longer than any
/// vowel, shorter than it takes to be annoyed by a fan that has been switched on.
constexpr std::size_t window_frames = 15;
/// The minimum of a noise's frame levels is about this much below their mean.
constexpr float minimum_bias_db = 2.0F;
/// Linear prediction of this order follows two sines, so that dialling tones are foreseeable too.
constexpr std::size_t prediction_order = 4;

float ramp(float value, float low, float high) {
    return std::clamp((value - low) / (high - low), 0.0F, 1.0F);
}

float to_dbfs(float energy) {
    constexpr float full_scale = 32'768.0F * 32'768.0F;
    return 10.0F * std::log10(energy / full_scale + 1e-10F);
}

/// The highest normalised cross-correlation of the signal with itself a pitch period earlier.
float periodicity(std::span<const float> signal) {
    float best = 0.0F;
    for (std::size_t lag = lag_min; lag <= lag_max; ++lag) {
        float product = 0.0F;
        float early = 1.0F;
        float late = 1.0F;
        for (std::size_t index = lag; index < signal.size(); ++index) {
            product += signal[index] * signal[index - lag];
            early += signal[index - lag] * signal[index - lag];
            late += signal[index] * signal[index];
        }
        best = std::max(best, product / std::sqrt(early * late));
    }
    return best;
}

/// How much of the signal's energy a linear prediction cannot foresee, in dB below the signal. The
/// modified covariance method (forward and backward, no window) foresees as many pure tones as half
/// its order exactly, where a windowed autocorrelation smears them.
float unforeseen_db(std::span<const float> signal) {
    constexpr std::size_t order = prediction_order;
    // Normal equations of least squares: matrix[i][j] = sum of x[n-i] x[n-j] in both directions.
    std::array<std::array<float, order + 1>, order + 1> matrix{};
    for (std::size_t row = 0; row <= order; ++row) {
        for (std::size_t column = row; column <= order; ++column) {
            float sum = 0.0F;
            for (std::size_t now = order; now < signal.size(); ++now) {
                sum += signal[now - row] * signal[now - column] +
                       signal[now - order + row] * signal[now - order + column];
            }
            matrix[row][column] = matrix[column][row] = sum;
        }
    }
    const float energy = matrix[0][0] + 1.0F;
    // Gaussian elimination from the oldest sample upwards leaves in [0][0] what none of them
    // explains. The diagonal is lifted by -60 dB to keep the elimination well conditioned.
    for (std::size_t index = 0; index <= order; ++index) {
        matrix[index][index] += 1e-6F * energy;
    }
    for (std::size_t pivot = order; pivot >= 1; --pivot) {
        for (std::size_t row = 0; row < pivot; ++row) {
            const float factor = matrix[row][pivot] / matrix[pivot][pivot];
            for (std::size_t column = 0; column < pivot; ++column) {
                matrix[row][column] -= factor * matrix[pivot][column];
            }
        }
    }
    return 10.0F * std::log10(std::max(matrix[0][0] / energy, 1e-9F));
}

}  // namespace

float VoiceDetector::Section::process(float x) {
    const float y = b0 * x + s1;
    s1 = b1 * x - a1 * y + s2;
    s2 = b2 * x - a2 * y;
    return y;
}

VoiceDetector::VoiceDetector() : floor_(level_min_dbfs) {
    minima_.fill(0.0F);
    // Second-order sections by the bilinear transform (R. Bristow-Johnson, Audio EQ Cookbook). The
    // two qualities make a fourth-order Butterworth.
    const auto section = [](float frequency, float quality, bool is_low_pass) {
        const float w = 2.0F * std::numbers::pi_v<float> * frequency / sample_rate_hz;
        const float alpha = std::sin(w) / (2.0F * quality);
        const float a0 = 1.0F + alpha;
        const float edge = is_low_pass ? 1.0F - std::cos(w) : 1.0F + std::cos(w);
        const float middle = is_low_pass ? edge : -edge;
        Section result;
        result.b0 = edge / 2.0F / a0;
        result.b1 = middle / a0;
        result.b2 = edge / 2.0F / a0;
        result.a1 = -2.0F * std::cos(w) / a0;
        result.a2 = (1.0F - alpha) / a0;
        return result;
    };
    low_pass_ = {section(low_pass_hz, 0.541F, true), section(low_pass_hz, 1.307F, true)};
    high_pass_ = section(high_pass_hz, 0.707F, false);
}

void VoiceDetector::decimate(const Frame& frame) {
    std::copy(signal_.begin() + block, signal_.end(), signal_.begin());
    for (std::size_t index = 0; index < frame_samples; ++index) {
        // The offset keeps the filters' state away from denormal numbers, which are slow.
        float sample = high_pass_.process(static_cast<float>(frame.samples[index]) + 1e-3F);
        for (Section& low_pass : low_pass_) {
            sample = low_pass.process(sample);
        }
        if (index % decimation == decimation - 1) {
            signal_[block + index / decimation] = sample;
        }
    }
}

void VoiceDetector::follow_floor(float level) {
    if (frames_in_window_ == 0) {
        std::copy_backward(minima_.begin(), minima_.end() - 1, minima_.end());
        minima_[0] = level;
    }
    minima_[0] = std::min(minima_[0], level);
    frames_in_window_ = (frames_in_window_ + 1) % window_frames;
    const float quietest = *std::min_element(minima_.begin(), minima_.end());
    floor_ = std::max(quietest + minimum_bias_db, level_min_dbfs);
}

float VoiceDetector::process(const Frame& frame) {
    decimate(frame);
    const std::span<const float> newest = std::span(signal_).last(block);
    const float energy = std::inner_product(newest.begin(), newest.end(), newest.begin(), 0.0F) /
                         static_cast<float>(block);
    const float level = to_dbfs(energy);
    follow_floor(level);

    float evidence = ramp(level - floor_, 3.0F, 9.0F);
    if (level < level_min_dbfs) {
        evidence = 0.0F;
    }
    is_loud_ = evidence > 0.0F;
    if (evidence > 0.0F) {
        evidence *= ramp(periodicity(signal_), 0.5F, 0.75F);
    }
    if (evidence > 0.0F) {
        evidence *= ramp(unforeseen_db(signal_), -46.0F, -41.0F);
    }
    // Rises by half the way, so that one frame alone is not yet speech; falls slowly enough to
    // bridge a consonant.
    const float rate = evidence > probability_ ? 0.5F : 0.12F;
    probability_ += rate * (evidence - probability_);
    return probability_;
}

}  // namespace studio::audio
