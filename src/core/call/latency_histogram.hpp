#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "base/json.hpp"
#include "base/time.hpp"

namespace studio::core {

/// Counts latencies so that quantiles can be told of any sum of histograms: of a call, of an hour,
/// of a year. Bins are fixed, so that adding two histograms is adding their counts and loses
/// nothing.
///
/// Bins grow with what they count: 16 for each doubling, counted in units of 0.1 ms (the scheme of
/// HdrHistogram, G. Tene). A quantile that is told is the middle of the bin in which the true one
/// lies (nearest rank), so it is wrong by at most 1/32 (3.125 %) of the true one, or by 0.05 ms
/// where that is more.
class LatencyHistogram {
public:
    /// The number of a bin; below bins_max.
    using Bin = std::uint16_t;
    /// Bins of [0, 2^26 units), 1 h 51 min; what took longer counts in the last one.
    static constexpr Bin bins_max = 23 * 16;

    /// What is negative counts as nothing.
    void add(microseconds latency) { add_bin(bin_of(latency), 1); }
    /// What is no bin is left out.
    void add_bin(Bin bin, std::uint64_t count);
    void merge(const LatencyHistogram& other);

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] const std::map<Bin, std::uint64_t>& bins() const { return bins_; }
    /// The smallest latency that a share of `rank` (above 0 to 1) does not exceed, in milliseconds;
    /// nothing where none was counted.
    [[nodiscard]] std::optional<double> quantile_ms(double rank) const;

    [[nodiscard]] static Bin bin_of(microseconds latency);
    /// The middle of a bin.
    [[nodiscard]] static double middle_ms(Bin bin);

    [[nodiscard]] bool operator==(const LatencyHistogram&) const = default;

private:
    std::map<Bin, std::uint64_t> bins_;
    std::uint64_t count_ = 0;
};

/// [bin, count, bin, count …]. What is read leaves out what is no bin.
[[nodiscard]] Json histogram_to_json(const LatencyHistogram& histogram);
[[nodiscard]] LatencyHistogram histogram_from_json(const Json& json);

}  // namespace studio::core
