#include "services/hosting/lease/journal_keeper.hpp"

#include <utility>

#include "base/log.hpp"
#include "base/metric.hpp"

namespace studio::services {
namespace {

void count_unfenced() {
    static Counter& counter =
        metrics().counter("studio_effects_unfenced_total",
                          "Effects of tools that were done although the journal was away.");
    counter.add();
}

void count_refused() {
    static Counter& counter = metrics().counter(
        "studio_effects_refused_total",
        "Effects of tools that were not done as the call may have been another worker's.");
    counter.add();
}

}  // namespace

/// An effect that waits for its verdict.
struct JournalKeeper::Pending {
    std::function<void(EffectVerdict)> decide;
    std::unique_ptr<runtime::Timer> timer;
    Instant give_up_at{};
    bool is_refused = false;

    [[nodiscard]] bool is_open() const { return decide != nullptr; }
    void drop() {
        timer.reset();
        decide = nullptr;
    }
    void settle(EffectVerdict verdict) {
        timer.reset();
        is_refused = is_refused || verdict.kind == EffectVerdict::Kind::refused;
        if (const auto call = std::exchange(decide, nullptr)) {
            call(std::move(verdict));
        }
    }
};

JournalKeeper::JournalKeeper(Parts parts, LeaseKey key, Take take, OnLost on_lost,
                             JournalKeeperOptions options)
    : parts_(parts),
      key_(std::move(key)),
      take_(std::move(take)),
      on_lost_(std::move(on_lost)),
      options_(options) {}

void JournalKeeper::on_checkpoint() {
    dirty_ = true;
    if (!running_ && !stopped_ && !parts_.scope.token().is_cancelled()) {
        running_ = true;
        parts_.scope.spawn(run(shared_from_this()));
    }
}

void JournalKeeper::save(std::function<void(bool)> saved) {
    waiting_.push_back(std::move(saved));
    on_checkpoint();
}

Task<void> JournalKeeper::run([[maybe_unused]] Self self) {
    // The session is in the middle of its work.
    co_await runtime::resume_on(parts_.loop);
    while (dirty_ && !stopped_) {
        dirty_ = false;
        const auto waiting = std::exchange(waiting_, {});
        const auto outcome = co_await parts_.journal.save(key_, take_());
        if (!outcome && outcome.error() == JournalError::stale) {
            lose();
        }
        for (const auto& saved : waiting) {
            saved(outcome.has_value());
        }
        if (outcome || stopped_) {
            continue;
        }
        STUDIO_LOG(warning, "call_not_kept", {"call_id", key_.call_id},
                   {"why", static_cast<int>(outcome.error())});
        dirty_ = outcome.error() == JournalError::unavailable;
        if (!co_await runtime::sleep_for(parts_.loop, options_.retry_delay, parts_.scope.token())) {
            break;
        }
    }
    running_ = false;
    // Those that came too late to be kept must not wait for ever.
    for (const auto& saved : std::exchange(waiting_, {})) {
        saved(false);
    }
}

void JournalKeeper::begin_effect(std::string effect, std::function<void(EffectVerdict)> decide) {
    auto pending = std::make_shared<Pending>();
    pending->decide = std::move(decide);
    pending->give_up_at = parts_.loop.now() + options_.effect_patience;
    pending->timer = parts_.loop.start_timer(parts_.loop.now() + options_.effect_timeout,
                                             [self = shared_from_this(), pending] {
                                                 // Not the timer's own copies, which settle()
                                                 // destroys.
                                                 const Self keeper = self;
                                                 const auto kept = pending;
                                                 keeper->decide_alone(*kept);
                                             });
    save([self = shared_from_this(), effect = std::move(effect), pending](bool) {
        if (!self->stopped_ && !self->parts_.scope.token().is_cancelled()) {
            self->parts_.scope.spawn(self->ask(self, effect, pending));
        }
    });
}

bool JournalKeeper::is_certain() const {
    return parts_.lease == nullptr || parts_.lease->is_certain(parts_.loop.now());
}

void JournalKeeper::decide_alone(Pending& pending) {
    if (!pending.is_open()) {
        return;
    }
    if (stopped_) {
        pending.drop();
    } else if (is_certain() && !parts_.is_taken_over) {
        count_unfenced();
        pending.settle({});
    } else if (parts_.loop.now() >= pending.give_up_at) {
        count_refused();
        pending.settle({EffectVerdict::Kind::refused, {}});
    } else {
        pending.timer->restart(parts_.loop.now() + options_.look_again);
    }
}

/// Goes on after the effect was done without the journal, so that it is noted.
Task<void> JournalKeeper::ask([[maybe_unused]] Self self, std::string effect,
                              std::shared_ptr<Pending> pending) {
    while (!stopped_ && !pending->is_refused) {
        auto outcome = co_await parts_.journal.begin_effect(key_, effect);
        if (!outcome && outcome.error() == JournalError::stale) {
            pending->drop();
            lose();
            break;
        }
        if (outcome && !outcome->is_new) {
            pending->settle(outcome->result
                                ? EffectVerdict{EffectVerdict::Kind::done, *outcome->result}
                                : EffectVerdict{EffectVerdict::Kind::unknown, {}});
            break;
        }
        if (outcome && is_certain()) {
            pending->settle({});
        }
        if (outcome && !pending->is_open()) {
            break;
        }
        // An answer that came when the lease may have ended may be older than its loss: it is asked
        // again.
        if (!outcome) {
            decide_alone(*pending);
        }
        const bool is_readable = outcome || outcome.error() != JournalError::corrupt;
        const milliseconds delay = pending->is_open() ? options_.look_again : options_.retry_delay;
        if (!is_readable) {
            break;
        }
        const bool has_passed =
            co_await runtime::sleep_for(parts_.loop, delay, parts_.scope.token());
        if (!has_passed) {
            break;
        }
    }
}

void JournalKeeper::finish_effect(std::string effect, std::string result) {
    if (!parts_.scope.token().is_cancelled()) {
        parts_.scope.spawn(note(shared_from_this(), std::move(effect), std::move(result)));
    }
}

Task<void> JournalKeeper::note([[maybe_unused]] Self self, std::string effect, std::string result) {
    while (!stopped_) {
        const auto outcome = co_await parts_.journal.finish_effect(key_, effect, result);
        if (outcome || outcome.error() != JournalError::unavailable) {
            if (!outcome && outcome.error() == JournalError::stale) {
                lose();
            }
            co_return;
        }
        if (!co_await runtime::sleep_for(parts_.loop, options_.retry_delay, parts_.scope.token())) {
            co_return;
        }
    }
}

/// What the store does not have yet goes into the snapshot: where we are the holder, the call is
/// carried on from it.
void JournalKeeper::on_replaced() {
    save([self = shared_from_this()](bool) { self->lose(); });
}

void JournalKeeper::lose() {
    if (!std::exchange(lost_, true) && !stopped_) {
        on_lost_();
    }
}

}  // namespace studio::services
