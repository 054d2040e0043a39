#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "base/time.hpp"
#include "protocol/jwt/jwt.hpp"

namespace studio::jwt {

/// The pair with which a program and a LiveKit server know each other.
struct LivekitKey {
    /// Public: the `iss` of every token.
    std::string api_key;
    Secret<std::string> api_secret;
};

/// The claim `video`: what its holder may do with rooms. What is absent is left to the server's
/// defaults: publish and subscribe allowed, data as publish, own metadata not.
struct VideoGrant {
    bool room_create = false;
    bool room_list = false;
    bool room_record = false;
    bool room_admin = false;
    bool room_join = false;
    /// The one room that room_join and room_admin are about.
    std::string room{};
    std::optional<bool> can_publish{};
    std::optional<bool> can_subscribe{};
    std::optional<bool> can_publish_data{};
    std::optional<bool> can_update_own_metadata{};
    /// `microphone`, `camera` …; empty means all.
    std::vector<std::string> can_publish_sources{};
    bool hidden = false;
    bool recorder = false;
    /// May register as a worker and is shown as an agent.
    bool agent = false;

    friend bool operator==(const VideoGrant&, const VideoGrant&) = default;
};

/// The claim `sip`.
struct SipGrant {
    /// Trunks and dispatch rules.
    bool admin = false;
    /// Calling and transferring.
    bool call = false;

    friend bool operator==(const SipGrant&, const SipGrant&) = default;
};

/// What a LiveKit token says, besides who signed it and how long it holds.
struct LivekitClaims {
    /// `sub`. Needed by everything that joins.
    std::string identity{};
    std::string name{};
    /// `standard`, `sip`, `agent`, `ingress`, `egress`; empty is standard.
    std::string kind{};
    std::string metadata{};
    std::map<std::string, std::string> attributes{};
    std::optional<VideoGrant> video{};
    std::optional<SipGrant> sip{};
    /// The RoomConfiguration (`{"agents": [{"agentName", "metadata"}]}`); null for none.
    Json room_config = nullptr;
    /// Of a webhook's body; empty for none.
    std::string sha256{};

    friend bool operator==(const LivekitClaims&, const LivekitClaims&) = default;
};

/// Valid from `now` for `lifetime`.
[[nodiscard]] Secret<std::string> make_livekit_token(const LivekitKey& key,
                                                     const LivekitClaims& claims, WallTime now,
                                                     seconds lifetime);

/// The claims of a token that `key` signed and that holds at `now`.
[[nodiscard]] Result<LivekitClaims, JwtError> parse_livekit_token(std::string_view token,
                                                                  const LivekitKey& key,
                                                                  WallTime now);

}  // namespace studio::jwt
