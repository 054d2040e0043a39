#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace studio::audio {

struct ResamplerOptions {
    /// 4'000 to 192'000.
    int source_rate_hz = 48'000;
    int target_rate_hz = 16'000;
    /// 0 (cheap) to 10; 3 is SpeexDSP's choice for voice: about 2 ms of delay, 60 dB of stop band.
    int quality = 3;
};

/// Changes the sample rate of one stream of mono PCM. Remembers the end of the last block, so that
/// blocks of any size join without a click. Allocates when made, never afterwards. One owner.
class Resampler {
public:
    /// Precondition: the options are within their ranges.
    explicit Resampler(const ResamplerOptions& options);
    ~Resampler();
    Resampler(Resampler&&) noexcept;
    Resampler& operator=(Resampler&&) noexcept;

    /// Leaves out the filter's delay at the front. Before the first process() only; a stream that
    /// must stay in step with others does not want it.
    void skip_delay();

    /// The most samples that a block of `source_samples` can give.
    [[nodiscard]] std::size_t target_samples_max(std::size_t source_samples) const;

    /// Takes the whole block and returns how many samples it wrote to `target`. For ratios like 8k
    /// to 16k that is exactly the ratio for each block, else it varies by one.
    /// Precondition: `target` has at least target_samples_max(source.size()).
    [[nodiscard]] std::size_t process(std::span<const std::int16_t> source,
                                      std::span<std::int16_t> target);

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

/// A whole recording at another rate, with the filter's delay removed: it has source.size() *
/// target rate / source rate samples, rounded up. Equal rates give a copy. Precondition as for
/// Resampler.
[[nodiscard]] std::vector<std::int16_t> resample_all(std::span<const std::int16_t> source,
                                                     const ResamplerOptions& options);

}  // namespace studio::audio
