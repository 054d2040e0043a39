#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "adapters/silero/silero_judge.hpp"
#include "adapters/sql/sql_call_store.hpp"
#include "adapters/sql/sql_database.hpp"
#include "adapters/webrtc/webrtc_endpoint.hpp"
#include "apps/providers/provider_set.hpp"
#include "apps/serve/serve_config.hpp"
#include "runtime/loop_thread.hpp"
#include "services/hosting/host/call_host.hpp"

namespace studio::apps {

/// One thread given to media, with all that its calls need. Made, opened and closed on the thread
/// of main; what is inside lives on the loop.
class MediaLoop {
public:
    /// What the loops share; all outlive them.
    struct Shared {
        const ServeConfig& config;
        runtime::BlockingPool& pool;
        adapters::SqlDatabase& database;
        Entropy& entropy;
        std::shared_ptr<const webrtc::Identity> identity;
        /// nullptr for none.
        std::shared_ptr<const audio::silero::Model> voice_model;
    };

    /// `runs_first`: before other threads of the machine, where that is allowed.
    MediaLoop(unsigned index, bool runs_first);

    /// Starts the thread and opens the UDP port; on failure one line for people, and close() is
    /// still owed. `on_ended` runs on the loop.
    [[nodiscard]] Result<std::uint16_t, std::string> open(const Shared& shared,
                                                          services::CallHost::OnEnded on_ended);
    /// Takes everything down and stops the thread. After the host's close() ended.
    void close();

    [[nodiscard]] runtime::Loop& loop() { return thread_.loop(); }
    /// What the thread got that asked to run first.
    [[nodiscard]] runtime::ThreadPriority priority() const { return thread_.priority(); }
    /// Precondition: open.
    [[nodiscard]] services::CallHost& host() { return *host_; }

private:
    [[nodiscard]] Result<std::uint16_t, std::string> set_up(const Shared& shared,
                                                            services::CallHost::OnEnded on_ended);

    unsigned index_;
    runtime::LoopThread thread_;
    std::unique_ptr<adapters::WebrtcEndpoint> endpoint_;
    std::unique_ptr<ProviderSet> providers_;
    std::unique_ptr<adapters::SqlCallStore> call_store_;
    std::unique_ptr<adapters::SileroJudge> speech_judge_;
    std::unique_ptr<services::CallHost> host_;
};

}  // namespace studio::apps
