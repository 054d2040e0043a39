#pragma once

#include "base/time.hpp"

namespace studio::core {

// The queue M/M/n: calls come by chance, each takes its time by chance, each of n places holds one.
// A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in
// automatic telephone exchanges", 1917. Real calls vary less in length than the model's, so real
// waits are rather shorter than these.

/// Traffic in erlangs: calls that would be held at once if nobody waited, by Little's law (1961).
[[nodiscard]] double offered_load(double calls_per_second, seconds holding);

/// Share of calls that find all `places` taken where nobody waits (Erlang B), by the recursion
/// B(0) = 1, B(n) = a B(n-1) / (n + a B(n-1)), which loses no digits (ITU-D, Teletraffic
/// Engineering Handbook, 7.2). Load in erlangs, not negative. 0 for no load.
[[nodiscard]] double erlang_b(unsigned places, double load);

/// Share of calls that have to wait (Erlang C): n B / (n - a (1 - B)). 1 where the load is not
/// smaller than the places: the queue grows for ever.
[[nodiscard]] double erlang_c(unsigned places, double load);

/// Mean wait of all calls; seconds::max() where the queue grows for ever.
[[nodiscard]] seconds mean_wait(unsigned places, double load, seconds holding);

/// Share of calls that wait longer than `limit`.
[[nodiscard]] double share_beyond(unsigned places, double load, seconds holding, seconds limit);

/// What callers are promised: `share` of them wait no longer than `limit`.
struct ServiceGoal {
    double share = 0.99;
    seconds limit{2};
};

/// The fewest places that keep the promise; at most `places_max` is looked at, and returned where
/// none does.
[[nodiscard]] unsigned places_needed(double load, seconds holding, const ServiceGoal& goal,
                                     unsigned places_max = 100'000);

/// Workers for so many places, each of which holds `calls_per_worker` calls (1 or more).
[[nodiscard]] unsigned workers_for(unsigned places, unsigned calls_per_worker);

}  // namespace studio::core
