#pragma once

#include <functional>
#include <memory>
#include <string>

#include "adapters/silero/silero_judge.hpp"
#include "adapters/smart_turn/smart_turn_judge.hpp"
#include "adapters/sql/sql_call_store.hpp"
#include "apps/providers/provider_set.hpp"
#include "runtime/loop_thread.hpp"
#include "services/hosting/host/call_host.hpp"

namespace studio::apps {

/// One thread given to calls, with what the calls of every kind need there: providers, a store and
/// a host. Made, opened and closed on the thread of main; what is inside lives on the loop.
class CallLoop {
public:
    /// What the loops of a process share; all outlives them.
    struct Shared {
        const ProviderOptions& providers;
        ProviderPools& provider_pools;
        adapters::SqlDatabase& database;
        /// Tells voices from noise; nullptr where that is not installed.
        std::shared_ptr<const audio::silero::Model> voice_model;
        /// Hears whether a pause is the end of a turn; likewise.
        std::shared_ptr<adapters::TurnModelOnDemand> turn_model;
    };
    /// What is special to one kind of calls; see CallHost::Parts. All outlives the host.
    struct Kind {
        /// In place of the database's store; nullptr for that.
        CallStore* store = nullptr;
        DirectMedia* direct = nullptr;
        MediaRooms* rooms = nullptr;
        CallJournal* journal = nullptr;
        services::PhoneDialer* phones = nullptr;
        LiveSink* live = nullptr;
        services::CallHost::OpenRecording open_recording{};
    };

    /// The loop's name in logs and metrics. `runs_first`: before other threads of the machine,
    /// where that is allowed.
    CallLoop(std::string name, bool runs_first);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] runtime::AsioLoop& loop() { return thread_.loop(); }
    /// What the thread got that asked to run first.
    [[nodiscard]] runtime::ThreadPriority priority() const { return thread_.priority(); }

    /// Starts the thread and runs `set_up` on the loop, whose outcome it returns: an error is one
    /// line for people. close() is owed in any case.
    template <class SetUp>
    [[nodiscard]] auto open(const SetUp& set_up) {
        thread_.start();
        decltype(set_up()) outcome;
        thread_.run_and_wait([&] { outcome = set_up(); });
        return outcome;
    }
    /// Runs `take_down` on the loop once the host is gone, then takes down the rest and stops the
    /// thread.
    void close(const std::function<void()>& take_down);

    // On the loop.
    /// Providers and store; once.
    void make_parts(const Shared& shared);
    [[nodiscard]] adapters::SqlCallStore& store() { return *store_; }
    /// Precondition: the parts are made.
    void make_host(const Kind& kind, services::CallHost::OnEnded on_ended);
    /// Precondition: made.
    [[nodiscard]] services::CallHost& host() { return *host_; }

private:
    std::string name_;
    runtime::LoopThread thread_;
    std::unique_ptr<ProviderSet> providers_;
    std::unique_ptr<adapters::SqlCallStore> store_;
    std::unique_ptr<adapters::SileroJudge> speech_judge_;
    std::unique_ptr<adapters::SmartTurnJudge> turn_judge_;
    std::unique_ptr<services::CallHost> host_;
};

}  // namespace studio::apps
