#pragma once

#include <cstdint>
#include <memory>

#include "adapters/webrtc/webrtc_endpoint.hpp"
#include "apps/parts/call_loop.hpp"
#include "apps/serve/serve_config.hpp"
#include "services/live/posted_live_sink.hpp"

namespace studio::apps {

/// One thread given to direct calls, with the port for their media. Made, opened and closed on the
/// thread of main; what is inside lives on the loop.
class MediaLoop {
public:
    /// What the loops share; all outlive them.
    struct Shared {
        const ServeConfig& config;
        CallLoop::Shared calls;
        Entropy& entropy;
        std::shared_ptr<const webrtc::Identity> identity;
        /// Where what happens in calls is told to, and on which loop.
        runtime::Loop& live_loop;
        LiveSink& live;
    };

    /// `runs_first`: before other threads of the machine, where that is allowed.
    MediaLoop(unsigned index, bool runs_first);

    /// Starts the thread and opens the UDP port; on failure one line for people, and close() is
    /// still owed. `on_ended` runs on the loop.
    [[nodiscard]] Result<std::uint16_t, std::string> open(const Shared& shared,
                                                          services::CallHost::OnEnded on_ended);
    /// Takes everything down and stops the thread. After the host's close() ended.
    void close();

    [[nodiscard]] CallLoop& calls() { return calls_; }

private:
    [[nodiscard]] Result<std::uint16_t, std::string> set_up(const Shared& shared,
                                                            services::CallHost::OnEnded on_ended);

    unsigned index_;
    CallLoop calls_;
    std::unique_ptr<adapters::WebrtcEndpoint> endpoint_;
    std::unique_ptr<services::PostedLiveSink> live_;
};

}  // namespace studio::apps
