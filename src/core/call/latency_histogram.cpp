#include "core/call/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace studio::core {

namespace {

constexpr std::uint64_t unit_us = 100;
/// Bins of each doubling.
constexpr std::uint64_t part_count = 16;
constexpr int part_bits = 4;
constexpr std::uint64_t units_max = (1ULL << 26U) - 1;
/// Of one bin, as it is read: sums of many calls stay far from the end of 64 bits.
constexpr std::uint64_t count_max = 1ULL << 40U;

std::optional<std::uint64_t> whole_of(const Json& json) {
    boost::json::error_code error;
    const auto number = json.to_number<std::uint64_t>(error);
    return error ? std::nullopt : std::optional(number);
}

}  // namespace

LatencyHistogram::Bin LatencyHistogram::bin_of(microseconds latency) {
    const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(0, latency.count()));
    const std::uint64_t units = std::min(us / unit_us, units_max);
    if (units < part_count) {
        return static_cast<Bin>(units);
    }
    // The highest five bits of the number, and how many are below them.
    const int shift = static_cast<int>(std::bit_width(units)) - (part_bits + 1);
    return static_cast<Bin>(static_cast<std::uint64_t>(shift) * part_count + (units >> shift));
}

double LatencyHistogram::middle_ms(Bin bin) {
    std::uint64_t low = bin;
    std::uint64_t width = 1;
    if (bin >= part_count) {
        const std::uint64_t shift = bin / part_count - 1;
        low = (bin - shift * part_count) << shift;
        width = 1ULL << shift;
    }
    return (static_cast<double>(low) + static_cast<double>(width) / 2.0) * unit_us / 1'000.0;
}

void LatencyHistogram::add_bin(Bin bin, std::uint64_t count) {
    if (bin < bins_max && count > 0) {
        bins_[bin] += count;
        count_ += count;
    }
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
    for (const auto& [bin, count] : other.bins_) {
        add_bin(bin, count);
    }
}

std::optional<double> LatencyHistogram::quantile_ms(double rank) const {
    if (count_ == 0) {
        return std::nullopt;
    }
    const double share = std::clamp(rank, 0.0, 1.0) * static_cast<double>(count_);
    const auto wanted = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share)));
    std::uint64_t passed = 0;
    for (const auto& [bin, count] : bins_) {
        passed += count;
        if (passed >= wanted) {
            return middle_ms(bin);
        }
    }
    return middle_ms(bins_.rbegin()->first);
}

Json histogram_to_json(const LatencyHistogram& histogram) {
    JsonArray list;
    for (const auto& [bin, count] : histogram.bins()) {
        list.emplace_back(bin);
        list.emplace_back(count);
    }
    return list;
}

LatencyHistogram histogram_from_json(const Json& json) {
    LatencyHistogram histogram;
    if (!json.is_array()) {
        return histogram;
    }
    const JsonArray& list = json.get_array();
    for (std::size_t index = 0; index + 1 < list.size(); index += 2) {
        const auto bin = whole_of(list[index]);
        const auto count = whole_of(list[index + 1]);
        if (bin && count && *bin < LatencyHistogram::bins_max) {
            histogram.add_bin(static_cast<LatencyHistogram::Bin>(*bin),
                              std::min(*count, count_max));
        }
    }
    return histogram;
}

}  // namespace studio::core
