#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ports/call_journal.hpp"
#include "runtime/loop.hpp"
#include "runtime/task_scope.hpp"
#include "services/conversation/effects/call_keeper.hpp"
#include "services/hosting/lease/lease_life.hpp"

namespace studio::services {

struct JournalKeeperOptions {
    /// How long an effect waits for the journal before it is done all the same, where it may be:
    /// the caller is waiting, and the journal is away or slow.
    milliseconds effect_timeout{150};
    /// How long it waits at most for the journal, or for the lease to be certain again; then it is
    /// refused. Four renewals of the lease.
    milliseconds effect_patience{2'000};
    /// Between two looks while it waits.
    milliseconds look_again{50};
    /// A snapshot that could not be saved is tried again after this, as it is by then.
    milliseconds retry_delay{500};
};

/// Writes one call's snapshots and effects to the journal under its lease: the newest snapshot, one
/// write at a time. An effect waits until the snapshot that asked for it is kept and the effect is
/// noted:
///
///   on_checkpoint -> dirty -> save -> kept
///   begin_effect  -> save -> begin -> do_it / done / unknown / refused
///
/// The rule of an effect: it is done only while the lease is certainly ours (LeaseLife), and only
///   - where the journal says that nobody began it; or
///   - where the journal does not answer in time, but nobody held the call before us who could have
///     begun it. It is noted as soon as the journal is back.
/// Otherwise it waits, for the journal or for the lease to be renewed, and is refused in the end.
///
/// The journal may be away: the call goes on and is kept again when it is back. One loop. Its tasks
/// keep it alive, so it is held by a shared pointer.
class JournalKeeper final : public CallKeeper, public std::enable_shared_from_this<JournalKeeper> {
public:
    struct Parts {
        CallJournal& journal;
        runtime::Loop& loop;
        runtime::TaskScope& scope;
        /// nullptr where nobody else could take the call.
        std::shared_ptr<const LeaseLife> lease;
        /// Another worker held the call before: its effects are known to the journal alone.
        bool is_taken_over = false;
    };
    /// Gives the call as it stands; not called after stop().
    using Take = std::function<std::string()>;
    /// Another worker holds the call by now, or took its place in the room. Once; not after stop().
    using OnLost = std::function<void()>;

    JournalKeeper(Parts parts, LeaseKey key, Take take, OnLost on_lost,
                  JournalKeeperOptions options = {});

    void on_checkpoint() override;
    void begin_effect(std::string effect, std::function<void(EffectVerdict)> decide) override;
    void finish_effect(std::string effect, std::string result) override;
    void on_replaced() override;

    /// Saves the call as it stands and tells whether it is kept; not from inside.
    void save(std::function<void(bool)> saved);
    /// From now on nothing is taken or told.
    void stop() { stopped_ = true; }

private:
    struct Pending;
    using Self = std::shared_ptr<JournalKeeper>;

    // The tasks take a pointer to their own object to keep it.
    [[nodiscard]] Task<void> run(Self self);
    [[nodiscard]] bool is_certain() const;
    /// An effect for which the journal has no answer.
    void decide_alone(Pending& pending);
    [[nodiscard]] Task<void> ask(Self self, std::string effect, std::shared_ptr<Pending> pending);
    [[nodiscard]] Task<void> note(Self self, std::string effect, std::string result);
    void lose();

    Parts parts_;
    LeaseKey key_;
    Take take_;
    OnLost on_lost_;
    JournalKeeperOptions options_;
    bool dirty_ = false;
    bool running_ = false;
    bool stopped_ = false;
    bool lost_ = false;
    std::vector<std::function<void(bool)>> waiting_;
};

}  // namespace studio::services
