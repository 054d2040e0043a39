#include "core/capacity/replay_day.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <vector>

#include "base/entropy.hpp"

namespace studio::core {
namespace {

/// Seconds since the replay's beginning.
using Second = std::int64_t;

class Chance {
public:
    explicit Chance(std::uint64_t seed) : entropy_(seed) {}
    /// From 0 to less than 1.
    double share() { return static_cast<double>(entropy_.u64() >> 11U) * 0x1.0p-53; }
    Second exponential(seconds mean) {
        const double length = -std::log(1.0 - share()) * static_cast<double>(mean.count());
        return std::max<Second>(1, std::llround(length));
    }

private:
    SeededEntropy entropy_;
};

/// Workers: ready, starting, and how long fewer were wished for.
class Fleet {
public:
    explicit Fleet(const ReplayOptions& options) : options_(options), ready_(options.workers) {}

    void become_ready(Second now) {
        while (!starting_.empty() && starting_.front() <= now) {
            starting_.pop_front();
            ++ready_;
        }
    }
    void steer(unsigned wanted, Second now) {
        wishes_.push_back({now, wanted});
        while (wishes_.front().at + options_.scale_in_window.count() < now) {
            wishes_.pop_front();
        }
        const unsigned most =
            std::max_element(wishes_.begin(), wishes_.end(), [](const Wish& a, const Wish& b) {
                return a.wanted < b.wanted;
            })->wanted;
        for (unsigned count = this->count(); count < wanted; ++count) {
            starting_.push_back(now + options_.start_delay.count());
        }
        while (count() > most) {
            if (!starting_.empty()) {
                starting_.pop_back();
            } else {
                --ready_;
            }
        }
    }
    [[nodiscard]] unsigned count() const {
        return ready_ + static_cast<unsigned>(starting_.size());
    }
    [[nodiscard]] unsigned places() const { return ready_ * options_.calls_per_worker; }

private:
    struct Wish {
        Second at;
        unsigned wanted;
    };

    const ReplayOptions& options_;
    unsigned ready_;
    std::deque<Second> starting_;
    std::deque<Wish> wishes_;
};

class Replay {
public:
    Replay(const RecordedDays& record, std::size_t minutes, ScalingPolicy& policy,
           const ReplayOptions& options)
        : record_(record),
          begin_(record.arrivals.size() - std::min(minutes, record.arrivals.size())),
          policy_(policy),
          options_(options),
          holding_(record.mean_holding(options.holding)),
          chance_(options.seed),
          fleet_(options) {}

    ReplayResult run() {
        const auto end = static_cast<Second>((record_.arrivals.size() - begin_) * 60);
        for (Second now = 0; now < end; ++now) {
            step(now);
        }
        return finish();
    }

private:
    struct Caller {
        Second since;
        Second until;
    };

    void step(Second now) {
        const auto minute = begin_ + static_cast<std::size_t>(now / 60);
        if (now % 60 == 0) {
            draw(minute);
        }
        fleet_.become_ready(now);
        while (!ends_.empty() && ends_.front() <= now) {
            pop_end();
        }
        arrive(now);
        waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(),
                                      [this, now](const Caller& caller) {
                                          const bool is_gone = caller.until <= now;
                                          result_.lost += is_gone ? 1 : 0;
                                          return is_gone;
                                      }),
                       waiting_.end());
        take(minute, now);
        cut_off(now);
        if (now % options_.interval.count() == 0) {
            const FleetView view{static_cast<unsigned>(waiting_.size()), active(), fleet_.count(),
                                 std::span(record_.arrivals).first(minute)};
            fleet_.steer(policy_.wanted(view), now);
        }
        worker_seconds_ += fleet_.count();
        result_.most_workers = std::max(result_.most_workers, fleet_.count());
        result_.most_calls = std::max(result_.most_calls, active());
    }

    [[nodiscard]] unsigned active() const { return static_cast<unsigned>(ends_.size()); }

    /// At which seconds of the minute its calls begin.
    void draw(std::size_t minute) {
        starts_.assign(60, 0);
        for (unsigned call = 0; call < record_.arrivals[minute]; ++call) {
            ++starts_[static_cast<std::size_t>(chance_.share() * 60.0)];
        }
    }

    void arrive(Second now) {
        for (unsigned call = 0; call < starts_[static_cast<std::size_t>(now % 60)]; ++call) {
            ++result_.calls;
            waiting_.push_back({now, now + chance_.exponential(options_.patience)});
        }
    }

    void take(std::size_t minute, Second now) {
        const seconds known = record_.holding[minute];
        while (!waiting_.empty() && active() < fleet_.places()) {
            waits_.push_back(now - waiting_.front().since);
            waiting_.pop_front();
            ends_.push_back(now + chance_.exponential(known > seconds(0) ? known : holding_));
            std::push_heap(ends_.begin(), ends_.end(), std::greater<>());
        }
    }

    /// More calls than places: they stay with the workers that are to go, which wait for a while.
    void cut_off(Second now) {
        if (active() <= fleet_.places()) {
            over_since_ = now;
            return;
        }
        if (now - over_since_ >= options_.grace.count()) {
            result_.cut += active() - fleet_.places();
            // What is last in a heap may go without its order being lost.
            ends_.resize(fleet_.places());
            over_since_ = now;
        }
    }

    void pop_end() {
        std::pop_heap(ends_.begin(), ends_.end(), std::greater<>());
        ends_.pop_back();
    }

    ReplayResult finish() {
        std::sort(waits_.begin(), waits_.end());
        const auto at = [this](double share) {
            const auto index = static_cast<std::size_t>(static_cast<double>(waits_.size()) * share);
            return waits_.empty() ? seconds(0)
                                  : seconds(waits_[std::min(index, waits_.size() - 1)]);
        };
        double sum = 0.0;
        for (const Second wait : waits_) {
            sum += static_cast<double>(wait);
        }
        result_.mean_wait_seconds = waits_.empty() ? 0.0 : sum / static_cast<double>(waits_.size());
        result_.wait_p95 = at(0.95);
        result_.wait_p99 = at(0.99);
        result_.wait_max = at(1.0);
        result_.worker_hours = static_cast<double>(worker_seconds_) / 3'600.0;
        return result_;
    }

    const RecordedDays& record_;
    std::size_t begin_;
    ScalingPolicy& policy_;
    const ReplayOptions& options_;
    seconds holding_;
    Chance chance_;
    Fleet fleet_;
    std::vector<unsigned> starts_;
    std::deque<Caller> waiting_;
    /// When the calls that are held end: a heap with the earliest at the front.
    std::vector<Second> ends_;
    std::vector<Second> waits_;
    Second over_since_ = 0;
    std::uint64_t worker_seconds_ = 0;
    ReplayResult result_;
};

}  // namespace

ReplayResult replay_day(const RecordedDays& record, std::size_t minutes, ScalingPolicy& policy,
                        const ReplayOptions& options) {
    return Replay(record, minutes, policy, options).run();
}

}  // namespace studio::core
