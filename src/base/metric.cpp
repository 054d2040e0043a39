#include "base/metric.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace studio {
namespace {

std::string number_text(double value) {
    if (std::isinf(value)) {
        return value > 0 ? "+Inf" : "-Inf";
    }
    // The shortest text that reads as the same number.
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

void append_sample(std::string& text, const std::string& name, const std::string& labels,
                   const std::string& value) {
    text += name;
    if (!labels.empty()) {
        text += '{' + labels + '}';
    }
    text += ' ' + value + '\n';
}

void append_header(std::string& text, const std::string& name, const std::string& help,
                   std::string_view type) {
    text += "# HELP " + name + ' ' + help + "\n# TYPE " + name + ' ';
    text += type;
    text += '\n';
}

template <class FamilyMap, class... Arguments>
auto& find_or_add(FamilyMap& families, std::string_view name, std::string_view help,
                  std::string_view labels, const Arguments&... arguments) {
    auto family = families.try_emplace(std::string(name)).first;
    if (family->second.help.empty()) {
        family->second.help = help;
    }
    return family->second.by_labels.try_emplace(std::string(labels), arguments...).first->second;
}

}  // namespace

Histogram::Histogram(std::vector<double> upper_bounds)
    : upper_bounds_(std::move(upper_bounds)), buckets_(upper_bounds_.size() + 1) {}

void Histogram::observe(double value) {
    const auto bound = std::lower_bound(upper_bounds_.begin(), upper_bounds_.end(), value);
    const auto index = static_cast<std::size_t>(bound - upper_bounds_.begin());
    buckets_[index].fetch_add(1, std::memory_order_relaxed);
    count_.fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

double Histogram::quantile(double fraction) const {
    const auto rank =
        static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(count())));
    std::uint64_t seen = 0;
    for (std::size_t index = 0; index < upper_bounds_.size(); ++index) {
        seen += buckets_[index].load(std::memory_order_relaxed);
        if (seen >= rank) {
            return upper_bounds_[index];
        }
    }
    return std::numeric_limits<double>::infinity();
}

Counter& MetricRegistry::counter(std::string_view name, std::string_view help,
                                 std::string_view labels) {
    const std::scoped_lock lock(mutex_);
    return find_or_add(counters_, name, help, labels);
}

Gauge& MetricRegistry::gauge(std::string_view name, std::string_view help,
                             std::string_view labels) {
    const std::scoped_lock lock(mutex_);
    return find_or_add(gauges_, name, help, labels);
}

Histogram& MetricRegistry::histogram(std::string_view name, std::string_view help,
                                     const std::vector<double>& upper_bounds,
                                     std::string_view labels) {
    const std::scoped_lock lock(mutex_);
    return find_or_add(histograms_, name, help, labels, upper_bounds);
}

void MetricRegistry::render_histogram(std::string& text, const std::string& name,
                                      const std::string& labels, const Histogram& histogram) {
    const std::string prefix = labels.empty() ? "" : labels + ',';
    std::uint64_t cumulative = 0;
    for (std::size_t index = 0; index <= histogram.upper_bounds_.size(); ++index) {
        cumulative += histogram.buckets_[index].load(std::memory_order_relaxed);
        const std::string bound = index < histogram.upper_bounds_.size()
                                      ? number_text(histogram.upper_bounds_[index])
                                      : "+Inf";
        append_sample(text, name + "_bucket", prefix + "le=\"" + bound + '"',
                      std::to_string(cumulative));
    }
    append_sample(text, name + "_sum", labels,
                  number_text(histogram.sum_.load(std::memory_order_relaxed)));
    append_sample(text, name + "_count", labels, std::to_string(cumulative));
}

void MetricRegistry::add_collector(MetricCollector& collector) {
    const std::scoped_lock lock(mutex_);
    collectors_.push_back(&collector);
}

void MetricRegistry::render_collected(std::string& text) const {
    std::vector<MetricSample> samples;
    for (MetricCollector* collector : collectors_) {
        collector->collect(samples);
    }
    std::stable_sort(samples.begin(), samples.end(),
                     [](const auto& left, const auto& right) { return left.name < right.name; });
    std::string_view previous;
    for (const MetricSample& sample : samples) {
        const std::string name(sample.name);
        if (sample.name != previous) {
            append_header(text, name, std::string(sample.help),
                          sample.kind == MetricSample::Kind::counter ? "counter" : "gauge");
            previous = sample.name;
        }
        append_sample(text, name, sample.labels, number_text(sample.value));
    }
}

std::string MetricRegistry::render() const {
    const std::scoped_lock lock(mutex_);
    std::string text;
    for (const auto& [name, family] : counters_) {
        append_header(text, name, family.help, "counter");
        for (const auto& [labels, counter] : family.by_labels) {
            append_sample(text, name, labels, std::to_string(counter.value()));
        }
    }
    for (const auto& [name, family] : gauges_) {
        append_header(text, name, family.help, "gauge");
        for (const auto& [labels, gauge] : family.by_labels) {
            append_sample(text, name, labels, number_text(gauge.real_value()));
        }
    }
    for (const auto& [name, family] : histograms_) {
        append_header(text, name, family.help, "histogram");
        for (const auto& [labels, histogram] : family.by_labels) {
            render_histogram(text, name, labels, histogram);
        }
    }
    render_collected(text);
    return text;
}

MetricRegistry& metrics() {
    // Never destroyed: threads may still count while the process exits.
    static auto* const registry = new MetricRegistry;
    return *registry;
}

const std::vector<double>& latency_bounds_seconds() {
    static const std::vector<double> bounds{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35,
                                            0.5,   0.75,  1.0,   1.5,  2.0,  3.0,  5.0, 10.0};
    return bounds;
}

}  // namespace studio
