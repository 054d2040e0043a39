#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ports/call_journal.hpp"
#include "runtime/loop.hpp"
#include "runtime/task_scope.hpp"
#include "services/call_session/call_keeper.hpp"

namespace studio::services {

struct JournalKeeperOptions {
    /// How long a tool waits for the journal before it does its effect all the same: the caller is
    /// waiting, and the journal is away.
    milliseconds effect_timeout{150};
    /// A snapshot that could not be saved is tried again after this, as it is by then.
    milliseconds retry_delay{500};
    /// Attempts to note the result of an effect.
    int result_attempts_max = 10;
};

/// Writes one call's snapshots and effects to the journal under its lease: the newest snapshot, one
/// write at a time. An effect waits until the snapshot that asked for it is kept and the effect is
/// noted:
///
///   on_checkpoint -> dirty -> save -> kept
///   begin_effect  -> save -> begin -> do_it / done / unknown      each at most effect_timeout
///
/// The journal may be away: the call goes on and is kept again when it is back. One loop. Its tasks
/// keep it alive, so it is held by a shared pointer.
class JournalKeeper final : public CallKeeper, public std::enable_shared_from_this<JournalKeeper> {
public:
    struct Parts {
        CallJournal& journal;
        runtime::Loop& loop;
        runtime::TaskScope& scope;
    };
    /// Gives the call as it stands; not called after stop().
    using Take = std::function<std::string()>;
    /// Another worker holds the call by now. Once; not after stop().
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
    /// The call is over: forgets it, then tells.
    void erase(std::function<void()> erased);

private:
    struct Pending;
    using Self = std::shared_ptr<JournalKeeper>;

    // The tasks take a pointer to their own object to keep it.
    [[nodiscard]] Task<void> run(Self self);
    [[nodiscard]] Task<void> ask(Self self, std::string effect, std::shared_ptr<Pending> pending);
    [[nodiscard]] Task<void> note(Self self, std::string effect, std::string result);
    [[nodiscard]] Task<void> forget(Self self, std::function<void()> erased);
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
