#pragma once

#include "base/entropy.hpp"
#include "base/time.hpp"

namespace studio::rtp {

/// When to send regular RTCP reports. With two parties and voice rates the bandwidth share of
/// RFC 3550, section 6.3 never binds, so that what is left of it is the interval (2.5 s, half of
/// the 5 s minimum as for the first one, kept throughout for a fresher round trip) and its random
/// spread of 0.5 to 1.5, which keeps many calls from reporting in step. The first comes early,
/// within 1 s.
class RtcpSchedule {
public:
    RtcpSchedule(Entropy& entropy, Instant now);

    /// True once per interval: send a report now. Sets the next moment.
    [[nodiscard]] bool expire(Instant now);
    [[nodiscard]] Instant next_deadline() const { return next_; }

private:
    [[nodiscard]] nanoseconds spread(nanoseconds interval);

    Entropy& entropy_;
    Instant next_;
};

}  // namespace studio::rtp
