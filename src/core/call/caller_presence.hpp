#pragma once

#include "base/time.hpp"

namespace studio::core {

/// When a caller counts as away whose packets have ceased.
struct CallerPresenceOptions {
    /// Whoever was silent for so long and sent packets all the while sends them always; others
    /// send none in silence, and no conclusion is drawn from theirs. Longer than any client goes on
    /// sending after the last word.
    milliseconds proof{3'000};
    /// The longest pause between packets of one who is there: silence is told every 400 ms (RFC
    /// 7587, section 3.1.3, as browsers do), and one of these may be lost.
    milliseconds pause_max{900};
    /// Packets that ceased for so long: away. More than pauses by the network.
    milliseconds away_after{1'500};
    /// So long at most, unless somebody else tells that the caller is away: a client may also have
    /// ceased to send.
    milliseconds away_max{12'000};
};

/// Whether the caller is there, as far as packets tell: nobody tells us of a connection that just
/// broke for some ten seconds. Pure; fed by every 20 ms of the call.
///
///   unproven --silent and sending for `proof`--> there --no packet for away_after--> away
///      ^                                          ^                                   |  |
///      |                                          +------------ a packet -------------+  |
///      +---------------------------------- away_max -------------------------------------+
class CallerPresence {
public:
    explicit CallerPresence(CallerPresenceOptions options = {}) : options_(options) {}

    /// One frame: whether a packet brought it, and whether anything is to be heard in it.
    void handle_frame(bool is_received, bool is_audible, Instant now);
    /// Somebody who is muted sends nothing and hears everything.
    void set_muted(bool is_muted);

    [[nodiscard]] bool is_away() const { return is_away_; }

private:
    CallerPresenceOptions options_;
    bool is_proven_ = false;
    bool is_muted_ = false;
    bool is_away_ = false;
    /// Since when the caller is silent and sends.
    Deadline silent_since_;
    Deadline packet_at_;
};

}  // namespace studio::core
