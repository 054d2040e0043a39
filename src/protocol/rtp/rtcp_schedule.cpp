#include "protocol/rtp/rtcp_schedule.hpp"

namespace studio::rtp {
namespace {

constexpr milliseconds first_interval{600};
constexpr milliseconds regular_interval{2500};

}  // namespace

RtcpSchedule::RtcpSchedule(Entropy& entropy, Instant now)
    : entropy_(entropy), next_(now + spread(first_interval)) {}

bool RtcpSchedule::expire(Instant now) {
    if (now < next_) {
        return false;
    }
    next_ = now + spread(regular_interval);
    return true;
}

// A factor of 0.5 to 1.5, uniformly.
nanoseconds RtcpSchedule::spread(nanoseconds interval) {
    const auto thousandths = static_cast<std::int64_t>(500 + entropy_.u32() % 1001);
    return interval / 1000 * thousandths;
}

}  // namespace studio::rtp
