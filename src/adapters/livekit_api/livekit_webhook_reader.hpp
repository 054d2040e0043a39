#pragma once

#include "ports/room_events.hpp"
#include "protocol/jwt/livekit_token.hpp"

namespace studio::adapters {

/// LiveKit's webhooks. Each is signed: `Authorization` is a token of our key, valid for 5 minutes,
/// whose claim `sha256` is that of the body, so that neither can be exchanged. Somebody who sends a
/// report again within its life is stopped by its id (services/calls).
class LivekitWebhookReader final : public RoomEventReader {
public:
    explicit LivekitWebhookReader(jwt::LivekitKey key) : key_(std::move(key)) {}

    [[nodiscard]] Result<RoomEvent, RoomEventError> read(std::string_view authorization,
                                                         std::string_view body,
                                                         WallTime now) const override;

private:
    jwt::LivekitKey key_;
};

/// The event in a body that was verified.
[[nodiscard]] Result<RoomEvent, RoomEventError> parse_livekit_event(std::string_view body);

}  // namespace studio::adapters
