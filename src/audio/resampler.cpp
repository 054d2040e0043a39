#include "audio/resampler.hpp"

#include <speex/speex_resampler.h>

#include <array>

#include "base/check.hpp"

namespace studio::audio {

namespace {

struct ResamplerDeleter {
    void operator()(SpeexResamplerState* state) const { speex_resampler_destroy(state); }
};

}  // namespace

struct Resampler::Implementation {
    std::unique_ptr<SpeexResamplerState, ResamplerDeleter> state;
    ResamplerOptions options;
};

Resampler::Resampler(const ResamplerOptions& options)
    : implementation_(std::make_unique<Implementation>()) {
    STUDIO_CHECK(options.source_rate_hz >= 4'000 && options.source_rate_hz <= 192'000,
                 "the source rate of a resampler is in its range");
    STUDIO_CHECK(options.target_rate_hz >= 4'000 && options.target_rate_hz <= 192'000,
                 "the target rate of a resampler is in its range");
    int error = 0;
    implementation_->options = options;
    implementation_->state.reset(speex_resampler_init(
        1, static_cast<spx_uint32_t>(options.source_rate_hz),
        static_cast<spx_uint32_t>(options.target_rate_hz), options.quality, &error));
    STUDIO_CHECK(implementation_->state != nullptr, "a resampler's options are valid");
}

Resampler::~Resampler() = default;
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;

void Resampler::skip_delay() {
    speex_resampler_skip_zeros(implementation_->state.get());
}

std::size_t Resampler::target_samples_max(std::size_t source_samples) const {
    const auto& options = implementation_->options;
    const auto target = static_cast<std::size_t>(options.target_rate_hz);
    const auto source = static_cast<std::size_t>(options.source_rate_hz);
    return (source_samples * target + source - 1) / source + 1;
}

std::size_t Resampler::process(std::span<const std::int16_t> source,
                               std::span<std::int16_t> target) {
    STUDIO_CHECK(target.size() >= target_samples_max(source.size()),
                 "the resampler's target holds all that the source can give");
    std::size_t written = 0;
    while (!source.empty()) {
        auto taken = static_cast<spx_uint32_t>(source.size());
        auto given = static_cast<spx_uint32_t>(target.size() - written);
        speex_resampler_process_int(implementation_->state.get(), 0, source.data(), &taken,
                                    target.data() + written, &given);
        written += given;
        if (taken == 0) {
            break;
        }
        source = source.subspan(taken);
    }
    STUDIO_CHECK(source.empty(), "the resampler takes its whole source");
    return written;
}

std::vector<std::int16_t> resample_all(std::span<const std::int16_t> source,
                                       const ResamplerOptions& options) {
    if (options.source_rate_hz == options.target_rate_hz) {
        return {source.begin(), source.end()};
    }
    const auto source_rate = static_cast<std::size_t>(options.source_rate_hz);
    const auto target_rate = static_cast<std::size_t>(options.target_rate_hz);
    const std::size_t wanted = (source.size() * target_rate + source_rate - 1) / source_rate;
    Resampler resampler(options);
    resampler.skip_delay();
    std::vector<std::int16_t> target(resampler.target_samples_max(source.size()));
    target.resize(resampler.process(source, target));
    // The filter's delay was skipped at the front: push the end out of it with zeros.
    const std::array<std::int16_t, 256> zeros{};
    std::vector<std::int16_t> rest(resampler.target_samples_max(zeros.size()));
    while (target.size() < wanted) {
        const auto count = static_cast<std::ptrdiff_t>(resampler.process(zeros, rest));
        target.insert(target.end(), rest.begin(), rest.begin() + count);
    }
    target.resize(wanted);
    return target;
}

}  // namespace studio::audio
