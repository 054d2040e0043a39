#include "adapters/redis/redis_event_bus.hpp"

#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/log.hpp"

namespace studio::adapters {
namespace {

constexpr const char* channel_stem = "call-events:";

}  // namespace

RedisEventBus::RedisEventBus(RedisClient& client, RedisEventBusOptions options)
    : client_(client), options_(std::move(options)) {}

Task<Result<bool, BusError>> RedisEventBus::publish(CallEvent event) {
    std::string text = serialize_json(JsonObject{{"tenant_id", event.tenant_id.text()},
                                                 {"call_id", event.call_id.text()},
                                                 {"type", event.type},
                                                 {"timestamp", event.timestamp},
                                                 {"data", event.data}});
    if (text.size() > options_.event_bytes_max) {
        STUDIO_LOG(warning, "event_too_large", {"call_id", event.call_id}, {"bytes", text.size()});
        co_return fail(BusError::unavailable);
    }
    std::vector<std::string> command{
        "PUBLISH", options_.key_prefix + channel_stem + event.tenant_id.text(), std::move(text)};
    const auto answer = co_await client_.run(std::move(command));
    if (!answer) {
        co_return fail(BusError::unavailable);
    }
    co_return true;
}

}  // namespace studio::adapters
