#include "adapters/redis/redis_event_bus.hpp"

#include <utility>

#include "base/json.hpp"
#include "base/log.hpp"

namespace studio::adapters {
namespace {

constexpr const char* channel_stem = "call-events:";

class RedisSubscription final : public Subscription, private RedisChannelListener {
public:
    RedisSubscription(RedisClient& client, std::string channel, bool is_pattern,
                      EventListener& listener)
        : listener_(listener), channel_(client.listen(std::move(channel), is_pattern, *this)) {}

private:
    void on_channel_message(std::string_view payload) override {
        const auto parsed = parse_json(payload, json_as_stored);
        if (!parsed || !parsed->is_object()) {
            STUDIO_LOG(warning, "event_unreadable", {"bytes", payload.size()});
            return;
        }
        CallEvent event{.tenant_id = TenantId(member_text(*parsed, "tenant_id")),
                        .call_id = CallId(member_text(*parsed, "call_id")),
                        .type = member_text(*parsed, "type"),
                        .timestamp = member_text(*parsed, "timestamp")};
        if (const Json* data = find_member(*parsed, "data")) {
            event.data = *data;
        }
        listener_.on_call_event(event);
    }
    void on_channel_up() override { listener_.on_gap(); }

    EventListener& listener_;
    std::unique_ptr<RedisChannel> channel_;
};

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

std::unique_ptr<Subscription> RedisEventBus::subscribe(TenantId tenant, EventListener& listener) {
    const bool is_all = tenant.empty();
    return std::make_unique<RedisSubscription>(
        client_, options_.key_prefix + channel_stem + (is_all ? "*" : tenant.text()), is_all,
        listener);
}

}  // namespace studio::adapters
