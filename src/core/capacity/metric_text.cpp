#include "core/capacity/metric_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace studio::core {
namespace {

/// Behind the closing brace; a label's value may hold one, and an escaped quotation mark.
std::optional<std::string_view> skip_labels(std::string_view text) {
    bool is_quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_quoted && text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            is_quoted = !is_quoted;
        } else if (text[at] == '}' && !is_quoted) {
            return text.substr(at + 1);
        }
    }
    return std::nullopt;
}

/// The value of a line that is a sample of `name`.
std::optional<double> sample_of(std::string_view line, std::string_view name) {
    if (!line.starts_with(name)) {
        return std::nullopt;
    }
    std::string_view rest = line.substr(name.size());
    if (rest.starts_with('{')) {
        const auto behind = skip_labels(rest);
        if (!behind) {
            return std::nullopt;
        }
        rest = *behind;
    }
    if (!rest.starts_with(' ')) {
        return std::nullopt;
    }
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    double value = 0.0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    const bool is_read = error == std::errc() && std::isfinite(value) &&
                         (end == rest.data() + rest.size() || *end == ' ' || *end == '\r');
    return is_read ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<double> sum_of_metric(std::string_view text, std::string_view name) {
    std::optional<double> sum;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (const auto value = sample_of(text.substr(0, end), name)) {
            sum = sum.value_or(0.0) + *value;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return sum;
}

}  // namespace studio::core
