#include "adapters/http/api/rooms/room_webhook.hpp"

#include <utility>

#include "adapters/http/server/replies.hpp"

namespace studio::adapters {

namespace {

struct Parts {
    const RoomEventReader& reader;
    services::RoomWatch& watch;
    runtime::Loop& loop;
};

Task<ApiReply> on_report(Parts parts, ApiRequest request) {
    auto event =
        parts.reader.read(request.authorization.reveal(), request.body, parts.loop.wall_now());
    if (!event) {
        co_return event.error() == RoomEventError::unauthorized
            ? error_reply(401, "authentication_error", "the report is not signed by the server")
            : error_reply(400, "validation_error", "the report cannot be read");
    }
    const auto handled = co_await parts.watch.handle(std::move(*event));
    if (!handled) {
        co_return error_reply(503, "unavailable", "try again");
    }
    co_return json_reply(200, JsonObject{});
}

}  // namespace

Route room_webhook_route(std::string path, const RoomEventReader& reader,
                         services::RoomWatch& watch, runtime::Loop& loop) {
    const Parts parts{reader, watch, loop};
    Route route;
    route.method = "POST";
    route.pattern = std::move(path);
    route.scope.clear();
    route.body = BodyKind::webhook;
    route.handler = [parts](ApiRequest request) { return on_report(parts, std::move(request)); };
    return route;
}

}  // namespace studio::adapters
