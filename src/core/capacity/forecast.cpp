#include "core/capacity/forecast.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/capacity/day.hpp"

namespace studio::core {
namespace {

using Record = std::span<const unsigned>;

/// Mean calls a minute around one, of what the record has of it.
double smoothed(Record record, std::size_t minute, std::size_t reach) {
    const std::size_t begin = minute - std::min(minute, reach);
    const std::size_t end = std::min(record.size(), minute + reach + 1);
    if (begin >= end) {
        return 0.0;
    }
    const auto piece = record.subspan(begin, end - begin);
    return std::accumulate(piece.begin(), piece.end(), 0.0) / static_cast<double>(piece.size());
}

/// What earlier days say about a minute; it may lie after the end of the record.
class Shape {
public:
    Shape(Record record, const ForecastOptions& options) {
        const std::size_t whole_days = record.size() / minutes_of_a_day;
        // Of today nothing belongs to the shape.
        past_ = record.first(whole_days * minutes_of_a_day);
        const bool has_week = whole_days >= options.days_of_a_week;
        step_ = (has_week ? options.days_of_a_week : 1) * minutes_of_a_day;
        days_ = has_week ? whole_days / options.days_of_a_week : whole_days;
    }
    [[nodiscard]] std::size_t days() const { return days_; }
    /// Averaged over so many minutes to either side.
    [[nodiscard]] double at(std::size_t minute, std::size_t reach) const {
        double sum = 0.0;
        std::size_t count = 0;
        for (std::size_t back = step_; back <= minute; back += step_) {
            if (minute - back < past_.size()) {
                sum += smoothed(past_, minute - back, reach);
                ++count;
            }
        }
        return count == 0 ? 0.0 : sum / static_cast<double>(count);
    }

private:
    Record past_;
    std::size_t step_ = minutes_of_a_day;
    std::size_t days_ = 0;
};

double level_of(Record record, const Shape& shape, const ForecastOptions& options) {
    const std::size_t count = std::min(options.level_minutes, record.size() % minutes_of_a_day);
    double came = options.level_prior;
    double expected = options.level_prior;
    for (std::size_t minute = record.size() - count; minute < record.size(); ++minute) {
        came += record[minute];
        // As it was: an average would bring calls in that came only later.
        expected += shape.at(minute, 0);
    }
    return std::clamp(came / expected, 1.0 / options.level_max, options.level_max);
}

}  // namespace

Forecast forecast_arrivals(Record record, std::size_t horizon, const ForecastOptions& options) {
    Forecast forecast;
    const Shape shape(record, options);
    forecast.days = shape.days();
    if (forecast.days == 0) {
        const auto last = record.last(std::min(record.size(), options.naive_minutes));
        const double mean = last.empty() ? 0.0
                                         : std::accumulate(last.begin(), last.end(), 0.0) /
                                               static_cast<double>(last.size());
        forecast.arrivals.assign(horizon, mean);
        return forecast;
    }
    forecast.level = level_of(record, shape, options);
    for (std::size_t ahead = 0; ahead < horizon; ++ahead) {
        forecast.arrivals.push_back(shape.at(record.size() + ahead, options.smoothing) *
                                    forecast.level);
    }
    return forecast;
}

double Forecast::sum() const {
    return std::accumulate(arrivals.begin(), arrivals.end(), 0.0);
}

double Forecast::busiest(std::size_t window) const {
    const std::size_t count = std::min(std::max<std::size_t>(window, 1), arrivals.size());
    double most = 0.0;
    double within = 0.0;
    for (std::size_t minute = 0; minute < arrivals.size(); ++minute) {
        within += arrivals[minute];
        within -= minute >= count ? arrivals[minute - count] : 0.0;
        most = std::max(most, within);
    }
    return count == 0 ? 0.0 : most / static_cast<double>(count);
}

double cautious(double mean) {
    constexpr double one_of_twenty = 1.645;
    return mean <= 0.0 ? 0.0 : mean + one_of_twenty * std::sqrt(mean);
}

}  // namespace studio::core
