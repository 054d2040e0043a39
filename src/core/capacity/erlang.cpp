#include "core/capacity/erlang.hpp"

#include <algorithm>
#include <cmath>

namespace studio::core {
namespace {

double in_seconds(seconds duration) {
    return static_cast<double>(duration.count());
}

/// Erlang C from Erlang B.
double waiting_share(unsigned places, double load, double blocked) {
    const double n = places;
    return load >= n ? 1.0 : n * blocked / (n - load * (1.0 - blocked));
}

/// Share that waits longer than `limit`, given the share that waits.
double beyond(double waits, unsigned places, double load, seconds holding, seconds limit) {
    if (load >= static_cast<double>(places)) {
        return 1.0;
    }
    const double leaving = (static_cast<double>(places) - load) / in_seconds(holding);
    return waits * std::exp(-leaving * in_seconds(limit));
}

}  // namespace

double offered_load(double calls_per_second, seconds holding) {
    return calls_per_second * in_seconds(holding);
}

double erlang_b(unsigned places, double load) {
    if (load <= 0.0) {
        return 0.0;
    }
    double blocked = 1.0;
    for (unsigned n = 1; n <= places; ++n) {
        blocked = load * blocked / (static_cast<double>(n) + load * blocked);
    }
    return blocked;
}

double erlang_c(unsigned places, double load) {
    return load <= 0.0 ? 0.0 : waiting_share(places, load, erlang_b(places, load));
}

seconds mean_wait(unsigned places, double load, seconds holding) {
    if (load >= static_cast<double>(places)) {
        return load <= 0.0 ? seconds(0) : seconds::max();
    }
    const double wait =
        erlang_c(places, load) * in_seconds(holding) / (static_cast<double>(places) - load);
    return seconds(static_cast<std::int64_t>(std::llround(wait)));
}

double share_beyond(unsigned places, double load, seconds holding, seconds limit) {
    return load <= 0.0 ? 0.0 : beyond(erlang_c(places, load), places, load, holding, limit);
}

unsigned places_needed(double load, seconds holding, const ServiceGoal& goal, unsigned places_max) {
    if (load <= 0.0) {
        return 0;
    }
    // One place more each time, and B with it, instead of the whole recursion anew.
    double blocked = 1.0;
    for (unsigned n = 1; n < places_max; ++n) {
        blocked = load * blocked / (static_cast<double>(n) + load * blocked);
        const double waits = waiting_share(n, load, blocked);
        if (beyond(waits, n, load, holding, goal.limit) <= 1.0 - goal.share) {
            return n;
        }
    }
    return places_max;
}

unsigned workers_for(unsigned places, unsigned calls_per_worker) {
    const unsigned each = std::max(1U, calls_per_worker);
    return places / each + (places % each == 0 ? 0 : 1);
}

}  // namespace studio::core
