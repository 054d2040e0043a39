#pragma once

#include <vector>

#include "adapters/http/server/api_message.hpp"
#include "services/live/live_control.hpp"

namespace studio::adapters {

/// What people who watch a call may do in it: `/api/v1/calls/{id}/say`, `/inject`, `/transfer` and
/// `/mute_agent`. On the loop of the use cases, which outlive it; it outlives the server.
class ControlApi {
public:
    explicit ControlApi(services::LiveControl& control) : control_(control) {}

    [[nodiscard]] std::vector<Route> routes();

private:
    [[nodiscard]] Task<ApiReply> on_say(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_inject(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_transfer(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_mute(ApiRequest request);
    [[nodiscard]] Task<ApiReply> order(ApiRequest request, core::CallCommand command);

    services::LiveControl& control_;
};

}  // namespace studio::adapters
