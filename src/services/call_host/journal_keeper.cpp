#include "services/call_host/journal_keeper.hpp"

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

}  // namespace

/// An effect that waits for its verdict.
struct JournalKeeper::Pending {
    std::function<void(EffectVerdict)> decide;
    std::unique_ptr<runtime::Timer> timer;

    void settle(EffectVerdict verdict) {
        timer.reset();
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
    pending->timer =
        parts_.loop.start_timer(parts_.loop.now() + options_.effect_timeout, [pending] {
            count_unfenced();
            // Not the timer's own copy, which settle() destroys.
            const auto kept = pending;
            kept->settle({});
        });
    save([self = shared_from_this(), effect = std::move(effect), pending](bool) {
        if (!self->stopped_ && !self->parts_.scope.token().is_cancelled()) {
            self->parts_.scope.spawn(self->ask(self, effect, pending));
        }
    });
}

Task<void> JournalKeeper::ask([[maybe_unused]] Self self, std::string effect,
                              std::shared_ptr<Pending> pending) {
    auto outcome = co_await parts_.journal.begin_effect(key_, std::move(effect));
    if (outcome) {
        if (outcome->is_new) {
            pending->settle({});
        } else if (outcome->result) {
            pending->settle({EffectVerdict::Kind::done, std::move(*outcome->result)});
        } else {
            pending->settle({EffectVerdict::Kind::unknown, {}});
        }
        co_return;
    }
    if (outcome.error() == JournalError::stale) {
        pending->timer.reset();
        pending->decide = nullptr;
        lose();
        co_return;
    }
    count_unfenced();
    pending->settle({});
}

void JournalKeeper::finish_effect(std::string effect, std::string result) {
    if (!parts_.scope.token().is_cancelled()) {
        parts_.scope.spawn(note(shared_from_this(), std::move(effect), std::move(result)));
    }
}

Task<void> JournalKeeper::note([[maybe_unused]] Self self, std::string effect, std::string result) {
    for (int attempt = 0; attempt < options_.result_attempts_max; ++attempt) {
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

void JournalKeeper::on_replaced() {
    lose();
}

void JournalKeeper::erase(std::function<void()> erased) {
    stopped_ = true;
    if (parts_.scope.token().is_cancelled()) {
        erased();
        return;
    }
    parts_.scope.spawn(forget(shared_from_this(), std::move(erased)));
}

/// Where the journal is away its own limit of time forgets the call.
Task<void> JournalKeeper::forget([[maybe_unused]] Self self, std::function<void()> erased) {
    [[maybe_unused]] const auto outcome = co_await parts_.journal.erase(key_);
    erased();
}

void JournalKeeper::lose() {
    if (!std::exchange(lost_, true) && !stopped_) {
        on_lost_();
    }
}

}  // namespace studio::services
