#include "services/analytics/analytics_range.hpp"

#include <algorithm>
#include <array>

namespace studio::services {

namespace {

using core::FieldError;
using core::TimeSpan;
using std::chrono::hours;

struct Period {
    std::string_view name;
    hours length;
};
constexpr std::array<Period, 4> periods{
    {{"1h", hours{1}}, {"24h", hours{24}}, {"7d", hours{7 * 24}}, {"30d", hours{30 * 24}}}};

Result<hours, std::vector<FieldError>> length_of(const AskedRange& asked) {
    if (asked.period.empty()) {
        return hours{24};
    }
    if (asked.after || asked.before) {
        return fail(std::vector<FieldError>{
            {"period", "is for a range without started_after and started_before"}});
    }
    const auto found = std::find_if(periods.begin(), periods.end(), [&asked](const Period& known) {
        return known.name == asked.period;
    });
    if (found == periods.end()) {
        return fail(std::vector<FieldError>{{"period", "must be 1h, 24h, 7d or 30d"}});
    }
    return found->length;
}

}  // namespace

Result<AnalyticsRange, std::vector<FieldError>> resolve_range(const AskedRange& asked,
                                                              WallTime now) {
    const auto length = length_of(asked);
    if (!length) {
        return fail(length.error());
    }
    const WallTime to = asked.before.value_or(std::max(now, asked.after.value_or(now)));
    const WallTime from = asked.after.value_or(to - *length);
    const bool is_backwards = asked.after && asked.before && from >= to;
    if (is_backwards) {
        return fail(std::vector<FieldError>{{"started_before", "must be after started_after"}});
    }
    if (to - from > range_max) {
        return fail(std::vector<FieldError>{
            {asked.after ? "started_after" : "started_before", "the range is at most 397 days"}});
    }
    const WallTime end = core::begin_of(TimeSpan::hour, to);
    return AnalyticsRange{core::begin_of(TimeSpan::hour, from),
                          end == to && from != to ? to : core::end_of(TimeSpan::hour, to)};
}

}  // namespace studio::services
