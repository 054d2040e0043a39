#include "services/accounts/rate_limits.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace studio::services {

namespace {

constexpr milliseconds minute{60'000};

}  // namespace

RateLimits::RateLimits(RateLimitsOptions options, RateCounter& counter, runtime::Loop& loop)
    : options_(options),
      counter_(counter),
      loop_(loop),
      refused_(metrics().counter("studio_rate_limited_total",
                                 "Requests refused because their key had made too many.")),
      skipped_(metrics().counter("studio_rate_limit_skipped_total",
                                 "Requests let in uncounted, because their counter was away.")) {}

Task<std::optional<RateVerdict>> RateLimits::take(const Principal& principal) {
    const unsigned limit = principal.rate_limit.value_or(options_.per_minute);
    if (limit == 0) {
        co_return std::nullopt;
    }
    if (loop_.now() < away_until_) {
        skipped_.add();
        co_return std::nullopt;
    }
    co_return co_await count(principal.id, limit);
}

Task<std::optional<RateVerdict>> RateLimits::count(std::string name, unsigned limit) {
    const auto counted = co_await counter_.count(std::move(name), minute);
    if (!counted) {
        skipped_.add();
        if (loop_.now() >= away_until_) {
            STUDIO_LOG(warning, "rate_limits_off", {"why", "the counter is away"});
        }
        away_until_ = loop_.now() + options_.away_pause;
        co_return std::nullopt;
    }
    RateVerdict verdict;
    verdict.is_admitted = counted->count <= limit;
    verdict.limit = limit;
    verdict.remaining =
        static_cast<unsigned>(limit - std::min<std::uint64_t>(limit, counted->count));
    verdict.left = counted->left;
    verdict.reset_at = loop_.wall_now() + counted->left;
    if (!verdict.is_admitted) {
        refused_.add();
    }
    co_return verdict;
}

}  // namespace studio::services
