#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/interface.hpp"

namespace studio {

/// A count that only grows. Any thread.
class Counter {
public:
    void add(std::uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// A value that goes up and down. Any thread.
class Gauge {
public:
    void set(std::int64_t value) { set_real(static_cast<double>(value)); }
    /// For seconds and shares, which are no whole numbers.
    void set_real(double value) { value_.store(value, std::memory_order_relaxed); }
    void add(std::int64_t amount) {
        value_.fetch_add(static_cast<double>(amount), std::memory_order_relaxed);
    }
    /// Truncated towards zero.
    [[nodiscard]] std::int64_t value() const { return static_cast<std::int64_t>(real_value()); }
    [[nodiscard]] double real_value() const { return value_.load(std::memory_order_relaxed); }

private:
    // Exact for whole numbers up to 2^53.
    std::atomic<double> value_{0.0};
};

/// Counts of observations by upper bound, as Prometheus keeps them. The unit is the observer's; the
/// metric's name ends in it (`_seconds`). Any thread.
class Histogram {
public:
    explicit Histogram(std::vector<double> upper_bounds);

    void observe(double value);
    [[nodiscard]] std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }
    /// The upper bound of the bucket in which the quantile (0..1) lies; infinity past the last.
    [[nodiscard]] double quantile(double fraction) const;

private:
    friend class MetricRegistry;

    std::vector<double> upper_bounds_;
    std::deque<std::atomic<std::uint64_t>> buckets_;  // One more than the bounds: +Inf.
    std::atomic<std::uint64_t> count_{0};
    std::atomic<double> sum_{0.0};
};

/// One figure that a collector gives. `name` and `help` are literals.
struct MetricSample {
    enum class Kind : std::uint8_t { counter, gauge } kind = Kind::gauge;
    std::string_view name;
    std::string_view help;
    std::string labels;
    double value = 0.0;
};

/// Gives figures that somebody else keeps (the kernel, a library) at the moment at which they are
/// shown. What has to be asked over a network is sampled into a Gauge beforehand instead: showing
/// the metrics never waits.
class MetricCollector : public Interface {
public:
    /// Adds what is known now. Any thread; must not wait, and not use the registry that asks.
    virtual void collect(std::vector<MetricSample>& samples) = 0;
};

/// Every metric of the process, by name and labels. References stay valid for the process's life,
/// so a hot path looks its metric up once. Any thread.
class MetricRegistry {
public:
    /// Label pairs in Prometheus form without the braces: `route="/calls",code="200"`; empty for
    /// none. The caller keeps the number of distinct label values small.
    Counter& counter(std::string_view name, std::string_view help, std::string_view labels = "");
    Gauge& gauge(std::string_view name, std::string_view help, std::string_view labels = "");
    /// The bounds of the first registration count.
    Histogram& histogram(std::string_view name, std::string_view help,
                         const std::vector<double>& upper_bounds, std::string_view labels = "");

    /// Asked at each render() from now on. It must live as long as the registry.
    void add_collector(MetricCollector& collector);

    /// Prometheus text exposition format 0.0.4.
    [[nodiscard]] std::string render() const;

private:
    template <class Metric>
    struct Family {
        std::string help;
        std::map<std::string, Metric, std::less<>> by_labels;
    };
    template <class Metric>
    using Families = std::map<std::string, Family<Metric>, std::less<>>;

    void render_collected(std::string& text) const;
    static void render_histogram(std::string& text, const std::string& name,
                                 const std::string& labels, const Histogram& histogram);

    mutable std::mutex mutex_;
    Families<Counter> counters_;
    Families<Gauge> gauges_;
    Families<Histogram> histograms_;
    std::vector<MetricCollector*> collectors_;
};

/// The process's registry.
[[nodiscard]] MetricRegistry& metrics();

/// Bounds in seconds that suit request, turn and loop latencies: 1 ms to 10 s.
[[nodiscard]] const std::vector<double>& latency_bounds_seconds();

}  // namespace studio
