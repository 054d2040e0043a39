#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/time.hpp"

namespace studio::services {

/// From when on a media loop is given no further call, and until when. Between the two it stays as
/// it is. Jitter is no reason: every receiver buffers some 40 ms of it.
struct LoadLimits {
    /// Of the frames of a second, the share that came so late that the caller heard a gap, in
    /// percent.
    double gaps_stop = 0.5;
    double gaps_go = 0.05;
    /// Of its processor, the share that the loop's own thread used. The rest is for bursts: calls
    /// that begin, sentences that are encoded at once.
    double core_stop = 0.90;
    double core_go = 0.80;
    /// How late its timers ran: beyond this also those gap that nobody hears yet, for instance
    /// because other programs have the processor.
    nanoseconds lag_stop = milliseconds(60);
    nanoseconds lag_go = milliseconds(20);
    /// How long it must be so: the start of many calls at once is no load that stays.
    milliseconds patience{2'000};
    /// Beyond these it stops at once.
    double gaps_stop_now = 5.0;
    nanoseconds lag_stop_now = milliseconds(250);
    /// How long all must be well until it opens again. Twice as long each time, where it had to
    /// close again within `calm_memory` of opening; so it does not flap at its limit.
    milliseconds calm{3'000};
    milliseconds calm_max{60'000};
    milliseconds calm_memory{30'000};
    /// What one more call is taken for, as a share of the processor: what the present ones use on
    /// average, within these. bench/results/peers.md measured 189 calls on one.
    double call_cost_min = 0.004;
    double call_cost_max = 0.05;
};

/// How one loop did in the last second.
struct LoopLoad {
    /// How late its timers ran: the worst but one of the samples, since one hiccup is no load.
    nanoseconds lag{0};
    /// More than 10 ms, and so late that they were heard as gaps.
    std::uint64_t frames_late = 0;
    std::uint64_t frames_gapped = 0;
    /// Those that were due.
    std::uint64_t frames = 0;
    std::size_t calls = 0;
    /// Of a processor, 0 to 1.
    double core = 0.0;

    [[nodiscard]] double gaps_percent() const {
        return frames == 0
                   ? 0.0
                   : 100.0 * static_cast<double>(frames_gapped) / static_cast<double>(frames);
    }
};

/// What closed a door.
enum class LoadReason : std::uint8_t { none, gaps, core_full, late };

[[nodiscard]] std::string_view name_of(LoadReason reason);

/// Refuses before it stutters: how many calls more one loop may take. Pure; one owner.
///
///   open --bad for patience, or very bad--> closed --well for calm--> open
class LoadGuard {
public:
    explicit LoadGuard(LoadLimits limits = {}) : limits_(limits), calm_(limits.calm) {}

    void handle(const LoopLoad& load, Instant now);
    [[nodiscard]] bool is_open() const { return is_open_; }
    /// Why it is closed; none while it is open.
    [[nodiscard]] LoadReason reason() const { return is_open_ ? LoadReason::none : reason_; }
    /// Calls that fit until the next report, by what the present ones cost: a queue that is full
    /// must not fill a loop before anybody has measured it. 0 while it is closed.
    [[nodiscard]] std::size_t places() const { return is_open_ ? places_ : 0; }

private:
    [[nodiscard]] LoadReason find_trouble(const LoopLoad& load) const;
    [[nodiscard]] bool is_well(const LoopLoad& load) const;
    [[nodiscard]] std::size_t count_places(const LoopLoad& load) const;
    void close(LoadReason reason, Instant now);

    LoadLimits limits_;
    bool is_open_ = true;
    LoadReason reason_ = LoadReason::none;
    std::size_t places_ = SIZE_MAX;
    milliseconds calm_;
    Deadline bad_since_;
    Deadline well_since_;
    Deadline opened_at_;
};

}  // namespace studio::services
