#pragma once

#include <memory>
#include <vector>

#include "adapters/http/server/api_message.hpp"
#include "services/accounts/accounts.hpp"
#include "services/calls/request/call_service.hpp"
#include "services/live/live_hub.hpp"

namespace studio::adapters {

/// How streams keep time.
struct LiveApiOptions {
    /// Between signs of life to a reader to whom nothing else is told.
    milliseconds heartbeat{15'000};
    /// How often it is looked whether the reader's key still opens the stream.
    milliseconds key_check{60'000};
    /// Changes of the list of calls that come within this are told together.
    milliseconds gather{200};
    /// Calls in the list with which a stream of all calls begins, the newest ones.
    std::size_t listed_max = 500;
    /// Calls that a WebSocket may name at once.
    std::size_t named_calls_max = 1'000;
};

/// What happens in calls while it happens (docs/live.md): `/api/v1/sse/calls/stream`,
/// `/api/v1/sse/calls/{id}/stream` and the WebSocket `/ws/calls`. On the loop of the use cases,
/// which outlive it; it outlives the server.
class LiveApi {
public:
    struct Parts {
        services::LiveHub& hub;
        services::CallReader& reader;
        services::Accounts& accounts;
        runtime::Loop& loop;
    };

    explicit LiveApi(const Parts& parts, LiveApiOptions options = {})
        : parts_(parts), options_(options) {}

    [[nodiscard]] std::vector<Route> routes();

private:
    [[nodiscard]] Task<ApiReply> on_calls(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_call(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_socket(ApiRequest request);
    [[nodiscard]] Task<bool> was_heard_to_end(std::shared_ptr<services::LiveStream> stream,
                                              TenantId tenant, CallId id);

    Parts parts_;
    LiveApiOptions options_;
};

}  // namespace studio::adapters
