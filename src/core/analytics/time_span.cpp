#include "core/analytics/time_span.hpp"

namespace studio::core {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::months;
using std::chrono::sys_days;
using std::chrono::year_month;
using std::chrono::year_month_day;

year_month month_of(WallTime time) {
    const year_month_day date(floor<days>(time));
    return date.year() / date.month();
}

WallTime begin_of(year_month month) {
    return WallTime(sys_days(month / 1));
}

}  // namespace

WallTime begin_of(TimeSpan span, WallTime time) {
    switch (span) {
        case TimeSpan::hour:
            return floor<hours>(time);
        case TimeSpan::day:
            return floor<days>(time);
        case TimeSpan::month:
            break;
    }
    return begin_of(month_of(time));
}

WallTime end_of(TimeSpan span, WallTime time) {
    switch (span) {
        case TimeSpan::hour:
            return floor<hours>(time) + hours(1);
        case TimeSpan::day:
            return floor<days>(time) + days(1);
        case TimeSpan::month:
            break;
    }
    return begin_of(month_of(time) + months(1));
}

std::vector<SpanRun> cover(WallTime from, WallTime to, TimeSpan smallest, TimeSpan largest) {
    std::vector<SpanRun> runs;
    WallTime at = begin_of(smallest, from);
    const WallTime end = begin_of(smallest, to) == to ? to : end_of(smallest, to);
    while (at < end) {
        TimeSpan best = smallest;
        for (const TimeSpan span : time_spans) {
            if (span > best && span <= largest && begin_of(span, at) == at &&
                end_of(span, at) <= end) {
                best = span;
            }
        }
        const WallTime next = end_of(best, at);
        if (!runs.empty() && runs.back().span == best) {
            runs.back().to = next;
        } else {
            runs.push_back({best, at, next});
        }
        at = next;
    }
    return runs;
}

}  // namespace studio::core
