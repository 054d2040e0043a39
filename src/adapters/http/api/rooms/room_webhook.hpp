#pragma once

#include <string>

#include "adapters/http/server/api_message.hpp"
#include "ports/room_events.hpp"
#include "runtime/loop.hpp"
#include "services/calls/in_rooms/room_watch.hpp"

namespace studio::adapters {

/// `POST path`, to which the media server reports what happens in its rooms. It needs no API key:
/// each report is signed. 200 where it was dealt with, 401 where the signature does not hold, 400
/// where it cannot be read, 503 where it should come again. What is given outlives the server.
[[nodiscard]] Route room_webhook_route(std::string path, const RoomEventReader& reader,
                                       services::RoomWatch& watch, runtime::Loop& loop);

}  // namespace studio::adapters
