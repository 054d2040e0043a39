#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "ports/http_client.hpp"
#include "ports/room_control.hpp"
#include "protocol/jwt/livekit_token.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// Where the LiveKit server is, and as whom we speak to it.
struct LivekitApiOptions {
    /// LIVEKIT_URL: ws, wss, http or https.
    std::string url;
    /// What callers are told; empty means `url`.
    std::string public_url;
    jwt::LivekitKey key;
    /// SIP_OUTBOUND_TRUNK_ID; empty where no phone is called.
    std::string outbound_trunk_id;
    /// Of everything but telephone calls.
    milliseconds timeout{5'000};
    /// Between two looks at how far a telephone call has come.
    milliseconds dial_poll_interval{500};
};

/// Where the same server speaks HTTP: ws://host:7880/ -> http://host:7880.
[[nodiscard]] std::string http_url(std::string url);

/// What is wrong with the options, one sentence each; empty where all is well.
[[nodiscard]] std::vector<std::string> validate(const LivekitApiOptions& options);

/// Why a request was not done.
struct TwirpError {
    RoomError error = RoomError::unavailable;
    /// Twirp's own word (`not_found`); empty where there was no answer.
    std::string code;
    /// RFC 3261; 0 where the server told none.
    int sip_status = 0;
    /// The time ran out, here or in the server.
    bool timed_out = false;
};

/// Requests to a LiveKit server's API: Twirp, JSON over HTTP. One object per loop; the client and
/// the loop outlive it.
class TwirpClient {
public:
    TwirpClient(runtime::Loop& loop, HttpClient& http_client, const LivekitApiOptions& options);

    /// `method` is `RoomService/CreateRoom`. `grants` is what the request's own token allows.
    [[nodiscard]] Task<Result<Json, TwirpError>> call(std::string method, JsonObject body,
                                                      jwt::LivekitClaims grants,
                                                      milliseconds timeout);
    /// The same in two halves, for whoever does something meanwhile.
    [[nodiscard]] HttpRequest make_request(std::string_view method, const JsonObject& body,
                                           const jwt::LivekitClaims& grants,
                                           milliseconds timeout) const;
    [[nodiscard]] static Result<Json, TwirpError> read_response(
        const Result<HttpResponse, HttpClientError>& outcome);

private:
    runtime::Loop& loop_;
    HttpClient& http_client_;
    std::string base_url_;
    jwt::LivekitKey key_;
};

/// A member under its protobuf name (`sip_trunk_id`) or as JSON writes it (`sipTrunkId`), since
/// servers do both; nullptr where there is neither.
[[nodiscard]] const Json* twirp_member(const Json& json, std::string_view name);
/// Its text; empty where absent.
[[nodiscard]] std::string twirp_text(const Json& json, std::string_view name);
/// Its number, which JSON may write as a text; 0 where it is none.
[[nodiscard]] std::uint64_t twirp_number(const Json& json, std::string_view name);

}  // namespace studio::adapters
