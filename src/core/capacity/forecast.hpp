#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace studio::core {

struct ForecastOptions {
    /// Days are much alike (Gans, Koole, Mandelbaum: Telephone Call Centers, 2003, section 6.3):
    /// the same minute of earlier days is the shape, averaged over so many minutes to either side.
    std::size_t smoothing = 2;
    /// From a week of record on, only the same day of the week is the shape.
    std::size_t days_of_a_week = 7;
    /// How today differs from the shape is learned from the last minutes, and moves the rest of the
    /// day (intraday updating: Shen, Huang: Interday Forecasting and Intraday Updating, 2008).
    std::size_t level_minutes = 60;
    /// Calls that few of today's calls are weighed against, as if they had come as expected: a
    /// gamma prior of the level.
    double level_prior = 10.0;
    double level_max = 4.0;
    /// Without earlier days the last minutes go on (the naive forecast).
    std::size_t naive_minutes = 30;
};

struct Forecast {
    /// Calls expected in each of the coming minutes.
    std::vector<double> arrivals;
    /// Today's calls as a multiple of the shape's; 1 without a shape.
    double level = 1.0;
    /// Earlier days that the shape was made of.
    std::size_t days = 0;

    /// Of all minutes.
    [[nodiscard]] double sum() const;
    /// Calls a minute in the busiest `window` minutes; of all where there are fewer.
    [[nodiscard]] double busiest(std::size_t window) const;
};

/// The coming `horizon` minutes after `record`, which ends now: calls of each minute, beginning at
/// a midnight.
[[nodiscard]] Forecast forecast_arrivals(std::span<const unsigned> record, std::size_t horizon,
                                         const ForecastOptions& options = {});

/// What is planned for where `mean` calls are expected: chance alone makes it more in one of twenty
/// cases (mean and variance of a Poisson count are the same; 1.645 is the normal quantile).
[[nodiscard]] double cautious(double mean);

}  // namespace studio::core
