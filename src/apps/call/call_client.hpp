#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "apps/call/call_options.hpp"
#include "base/result.hpp"
#include "ports/http_client.hpp"

namespace studio::apps {

/// A call that was made, and the room in which it is held.
struct MadeCall {
    std::string id;
    /// Empty where the call is held with the server itself.
    std::string room_url;
    Secret<std::string> room_token;
};

/// The REST side of a caller: makes the call and exchanges SDP. One loop.
class CallClient {
public:
    /// An error is one line for people.
    using OnCreated = std::function<void(Result<MadeCall, std::string> call)>;
    using OnChecked = std::function<void(std::optional<std::string> trouble)>;
    using OnAnswer = std::function<void(Result<std::string, std::string> answer_sdp)>;

    /// Borrows both, which outlive it.
    CallClient(HttpClient& http, const CallOptions& options) : http_(http), options_(options) {}

    /// POST /api/v1/calls.
    void create(OnCreated done);
    /// POST /api/v1/calls/{id}/sdp.
    void offer(const std::string& call_id, std::string offer_sdp, OnAnswer done);
    /// GET /api/v1/calls/{id}, after the caller hung up: whether the server is still there and the
    /// call did not fail. A key that may not read calls is no failure.
    void check(const std::string& call_id, OnChecked done);

private:
    void post(const std::string& path, std::string content_type, std::string body, OnAnswer done);

    HttpClient& http_;
    const CallOptions& options_;
    std::unique_ptr<HttpExchange> exchange_;
};

}  // namespace studio::apps
