#include "adapters/livekit/agent_token.hpp"

namespace studio::adapters {
namespace {

constexpr seconds lifetime{600};

}  // namespace

Secret<std::string> make_agent_token(const jwt::LivekitKey& key, const RoomJoin& join,
                                     WallTime now) {
    jwt::LivekitClaims claims;
    claims.identity = join.identity;
    claims.name = join.display_name;
    claims.kind = "agent";
    claims.video.emplace();
    claims.video->room_join = true;
    claims.video->room = join.room_name;
    claims.video->can_publish = true;
    claims.video->can_subscribe = true;
    claims.video->can_publish_data = true;
    claims.video->can_update_own_metadata = true;
    claims.video->agent = true;
    return jwt::make_livekit_token(key, claims, now, lifetime);
}

}  // namespace studio::adapters
