#include "adapters/redis/redis_live_bus.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "adapters/redis/internal/live_event_text.hpp"
#include "adapters/redis/internal/redis_scripts.hpp"
#include "base/metric.hpp"

namespace studio::adapters {
namespace {

constexpr const char* name_stem = "live-events:";

void count_dropped(const char* reason) {
    metrics()
        .counter("studio_live_events_dropped_total",
                 "Live events that nobody was told of, by reason.",
                 "reason=\"" + std::string(reason) + '"')
        .add();
}

/// Entries of XRANGE: [id, [field, value]].
void add_entries(const RedisValue& answer, std::vector<LiveEventPtr>& events) {
    for (const RedisValue& entry : answer.elements) {
        if (entry.elements.size() != 2 || entry.elements[1].elements.size() != 2) {
            continue;
        }
        const auto id = parse_live_id(entry.elements[0].text);
        auto event = id ? parse_live_event(*id, entry.elements[1].elements[1].text) : std::nullopt;
        if (event) {
            events.push_back(std::make_shared<const LiveEvent>(std::move(*event)));
        }
    }
}

class RedisLiveChannel final : public LiveChannel, public RedisChannelListener {
public:
    RedisLiveChannel(RedisClient& client, std::string name, LiveListener& listener)
        : listener_(listener), channel_(client.listen(std::move(name), *this)) {}

    void on_channel_message(std::string_view payload) override {
        if (auto event = parse_live_message(payload)) {
            listener_.on_live_event(std::make_shared<const LiveEvent>(std::move(*event)));
        }
    }
    void on_channel_up() override { listener_.on_live_up(); }

private:
    LiveListener& listener_;
    std::unique_ptr<RedisChannel> channel_;
};

}  // namespace

RedisLiveBus::RedisLiveBus(RedisClient& client, RedisLiveBusOptions options)
    : client_(client),
      options_(std::move(options)),
      script_(redis_script("live_event.lua")),
      scope_(client.loop()) {}

void RedisLiveBus::publish(TenantId tenant, LiveEvent event) {
    if (scope_.size() >= options_.under_way_max) {
        count_dropped("bus_slow");
        return;
    }
    std::string text = live_event_text(event);
    if (text.size() > options_.event_bytes_max) {
        count_dropped("too_large");
        return;
    }
    scope_.spawn(send(options_.key_prefix + name_stem + tenant.text(), std::move(text)));
}

/// With the script's text each time: a second try by text would overtake the events behind it.
Task<void> RedisLiveBus::send(std::string key, std::string text) {
    static Counter& told =
        metrics().counter("studio_live_events_total", "Live events that were told.");
    std::vector<std::string> command{"EVAL",
                                     script_->text,
                                     "1",
                                     key,
                                     std::to_string(options_.kept_max),
                                     std::to_string(options_.kept.count()),
                                     key,
                                     std::move(text)};
    const auto answer = co_await client_.run(std::move(command));
    if (answer) {
        told.add();
    } else {
        count_dropped("bus_away");
    }
}

std::unique_ptr<LiveChannel> RedisLiveBus::listen(TenantId tenant, LiveListener& listener) {
    return std::make_unique<RedisLiveChannel>(
        client_, options_.key_prefix + name_stem + tenant.text(), listener);
}

Task<Result<LiveHistory, LiveError>> RedisLiveBus::history(TenantId tenant,
                                                           std::optional<LiveId> after,
                                                           std::size_t count_max) {
    const std::string key = options_.key_prefix + name_stem + tenant.text();
    // With the event itself: where it is gone, others may be.
    std::vector<std::string> command{"XREVRANGE", key,     "+",
                                     "-",         "COUNT", std::to_string(count_max)};
    if (after) {
        command = {"XRANGE", key, after->text(), "+", "COUNT", std::to_string(count_max + 1)};
    }
    const auto answer = co_await client_.run(std::move(command));
    if (!answer) {
        co_return fail(LiveError::unavailable);
    }
    LiveHistory history;
    add_entries(*answer, history.events);
    if (!after) {
        std::reverse(history.events.begin(), history.events.end());
        co_return history;
    }
    history.is_whole = !history.events.empty() && history.events.front()->id == *after &&
                       answer->elements.size() <= count_max;
    if (!history.is_whole) {
        history.events.clear();
        co_return history;
    }
    history.events.erase(history.events.begin());
    co_return history;
}

}  // namespace studio::adapters
