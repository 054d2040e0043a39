#pragma once

#include <cstddef>
#include <vector>

#include "adapters/http/api/live/control_api.hpp"
#include "adapters/http/api/live/live_api.hpp"
#include "apps/config/option_groups.hpp"
#include "runtime/asio_loop.hpp"
#include "services/calls/request/call_service.hpp"
#include "services/live/live_control.hpp"
#include "services/live/live_hub.hpp"

namespace studio::apps {

/// What a process with an API needs so that its calls can be watched while they last. On the loop
/// of the use cases.
class LiveSide {
public:
    /// All outlive it.
    struct Parts {
        runtime::AsioLoop& loop;
        services::Accounts& accounts;
        CallStore& calls;
        LiveSource& source;
        /// The way to whoever holds a call.
        CallControl& control;
    };

    LiveSide(const Parts& parts, const HttpOptions& http);

    /// For the server, which it outlives.
    [[nodiscard]] std::vector<adapters::Route> routes();
    /// After the server stopped. Once.
    [[nodiscard]] Task<void> close() { return hub_.close(); }

private:
    services::CallReader reader_;
    services::LiveHub hub_;
    services::LiveControl control_;
    adapters::LiveApi api_;
    adapters::ControlApi control_api_;
};

}  // namespace studio::apps
