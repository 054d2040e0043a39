#include "protocol/jwt/livekit_token.hpp"

#include <utility>

namespace studio::jwt {

namespace {

/// So many entries of lists and maps are read; the size of the token bounds the rest.
constexpr std::size_t entries_max = 256;

struct Flag {
    const char* name;
    bool VideoGrant::*member;
};
constexpr Flag flags[] = {
    {"roomCreate", &VideoGrant::room_create}, {"roomList", &VideoGrant::room_list},
    {"roomRecord", &VideoGrant::room_record}, {"roomAdmin", &VideoGrant::room_admin},
    {"roomJoin", &VideoGrant::room_join},     {"hidden", &VideoGrant::hidden},
    {"recorder", &VideoGrant::recorder},      {"agent", &VideoGrant::agent},
};

struct Choice {
    const char* name;
    std::optional<bool> VideoGrant::*member;
};
constexpr Choice choices[] = {
    {"canPublish", &VideoGrant::can_publish},
    {"canSubscribe", &VideoGrant::can_subscribe},
    {"canPublishData", &VideoGrant::can_publish_data},
    {"canUpdateOwnMetadata", &VideoGrant::can_update_own_metadata},
};

void set_text(JsonObject& object, const char* name, const std::string& text) {
    if (!text.empty()) {
        object[name] = text;
    }
}

JsonObject to_json(const VideoGrant& grant) {
    JsonObject json;
    for (const Flag& flag : flags) {
        if (grant.*flag.member) {
            json[flag.name] = true;
        }
    }
    set_text(json, "room", grant.room);
    for (const Choice& choice : choices) {
        if (const auto& value = grant.*choice.member) {
            json[choice.name] = *value;
        }
    }
    if (!grant.can_publish_sources.empty()) {
        JsonArray sources;
        for (const std::string& source : grant.can_publish_sources) {
            sources.emplace_back(source);
        }
        json["canPublishSources"] = std::move(sources);
    }
    return json;
}

VideoGrant parse_video(const Json& json) {
    VideoGrant grant;
    for (const Flag& flag : flags) {
        const Json* const value = find_member(json, flag.name);
        grant.*flag.member = value != nullptr && value->is_bool() && value->get_bool();
    }
    for (const Choice& choice : choices) {
        const Json* const value = find_member(json, choice.name);
        if (value != nullptr && value->is_bool()) {
            grant.*choice.member = value->get_bool();
        }
    }
    grant.room = member_text(json, "room");
    const Json* const sources = find_member(json, "canPublishSources");
    if (sources != nullptr && sources->is_array()) {
        for (const Json& source : sources->get_array()) {
            if (source.is_string() && grant.can_publish_sources.size() < entries_max) {
                grant.can_publish_sources.emplace_back(source.get_string());
            }
        }
    }
    return grant;
}

bool is_true(const Json& json, std::string_view name) {
    const Json* const value = find_member(json, name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

std::int64_t seconds_of(WallTime time) {
    return std::chrono::floor<seconds>(time).time_since_epoch().count();
}

}  // namespace

Secret<std::string> make_livekit_token(const LivekitKey& key, const LivekitClaims& claims,
                                       WallTime now, seconds lifetime) {
    JsonObject json{{"iss", key.api_key},
                    {"iat", seconds_of(now)},
                    {"nbf", seconds_of(now)},
                    {"exp", seconds_of(now) + lifetime.count()}};
    set_text(json, "sub", claims.identity);
    set_text(json, "name", claims.name);
    set_text(json, "kind", claims.kind);
    set_text(json, "metadata", claims.metadata);
    set_text(json, "sha256", claims.sha256);
    if (!claims.attributes.empty()) {
        JsonObject attributes;
        for (const auto& [name, value] : claims.attributes) {
            attributes[name] = value;
        }
        json["attributes"] = std::move(attributes);
    }
    if (claims.video) {
        json["video"] = to_json(*claims.video);
    }
    if (claims.sip) {
        json["sip"] = JsonObject{{"admin", claims.sip->admin}, {"call", claims.sip->call}};
    }
    if (!claims.room_config.is_null()) {
        json["roomConfig"] = claims.room_config;
    }
    return sign_jwt(json, key.api_secret);
}

Result<LivekitClaims, JwtError> parse_livekit_token(std::string_view token, const LivekitKey& key,
                                                    WallTime now) {
    auto verified = verify_jwt(token, key.api_secret, {.now = now, .issuer = key.api_key});
    if (!verified) {
        return fail(verified.error());
    }
    const Json json(std::move(*verified));
    LivekitClaims claims;
    claims.identity = member_text(json, "sub");
    claims.name = member_text(json, "name");
    claims.kind = member_text(json, "kind");
    claims.metadata = member_text(json, "metadata");
    claims.sha256 = member_text(json, "sha256");
    const Json* const attributes = find_member(json, "attributes");
    if (attributes != nullptr && attributes->is_object()) {
        for (const auto& [name, value] : attributes->get_object()) {
            if (value.is_string() && claims.attributes.size() < entries_max) {
                claims.attributes.emplace(name, value.get_string());
            }
        }
    }
    if (const Json* const video = find_member(json, "video"); video && video->is_object()) {
        claims.video = parse_video(*video);
    }
    if (const Json* const sip = find_member(json, "sip"); sip && sip->is_object()) {
        claims.sip = SipGrant{is_true(*sip, "admin"), is_true(*sip, "call")};
    }
    if (const Json* const config = find_member(json, "roomConfig")) {
        claims.room_config = *config;
    }
    return claims;
}

}  // namespace studio::jwt
