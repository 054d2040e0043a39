#include "services/live/memory_live_bus.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "services/live/live_metrics.hpp"

namespace studio::services {

class MemoryLiveBus::Channel final : public LiveChannel {
public:
    Channel(MemoryLiveBus& bus, TenantId tenant, std::uint64_t number)
        : bus_(bus), alive_(bus.alive_), tenant_(std::move(tenant)), number_(number) {}
    ~Channel() override {
        if (!alive_.expired()) {
            bus_.kept_[tenant_].listeners.erase(number_);
        }
    }

private:
    MemoryLiveBus& bus_;
    std::weak_ptr<bool> alive_;
    TenantId tenant_;
    std::uint64_t number_;
};

MemoryLiveBus::MemoryLiveBus(runtime::Loop& loop, MemoryLiveBusOptions options)
    : loop_(loop), options_(options) {}

MemoryLiveBus::~MemoryLiveBus() = default;

LiveId MemoryLiveBus::next_id() {
    const LiveId now{static_cast<std::uint64_t>(loop_.wall_now().time_since_epoch().count()), 0};
    last_id_ = now > last_id_ ? now : LiveId{last_id_.time_ms, last_id_.number + 1};
    return last_id_;
}

void MemoryLiveBus::publish(TenantId tenant, LiveEvent event) {
    if (event.data.size() > options_.event_bytes_max) {
        count_live_event_dropped("too_large");
        return;
    }
    event.id = next_id();
    count_live_event();
    const auto told = std::make_shared<const LiveEvent>(std::move(event));
    Kept& kept = kept_[tenant];
    kept.events.push_back(told);
    if (kept.events.size() > options_.kept_max) {
        kept.events.pop_front();
    }
    std::vector<std::uint64_t> numbers;
    for (const auto& [number, listener] : kept.listeners) {
        numbers.push_back(number);
    }
    // One that is told may end the listening of another, or its own.
    for (const std::uint64_t number : numbers) {
        const auto found = kept.listeners.find(number);
        if (found != kept.listeners.end()) {
            found->second->on_live_event(told);
        }
    }
    forget_silent();
}

void MemoryLiveBus::forget_silent() {
    if (kept_.size() <= options_.tenants_max) {
        return;
    }
    const auto last = [](const Kept& kept) {
        return kept.events.empty() ? LiveId{} : kept.events.back()->id;
    };
    auto oldest = kept_.end();
    for (auto one = kept_.begin(); one != kept_.end(); ++one) {
        const bool is_older = oldest == kept_.end() || last(one->second) < last(oldest->second);
        if (one->second.listeners.empty() && is_older) {
            oldest = one;
        }
    }
    if (oldest != kept_.end()) {
        kept_.erase(oldest);
    }
}

std::unique_ptr<LiveChannel> MemoryLiveBus::listen(TenantId tenant, LiveListener& listener) {
    const std::uint64_t number = ++last_listener_;
    kept_[tenant].listeners[number] = &listener;
    loop_.post([this, alive = std::weak_ptr<bool>(alive_), tenant, number] {
        if (alive.expired()) {
            return;
        }
        const auto& listeners = kept_[tenant].listeners;
        if (const auto found = listeners.find(number); found != listeners.end()) {
            found->second->on_live_up();
        }
    });
    return std::make_unique<Channel>(*this, std::move(tenant), number);
}

Task<Result<LiveHistory, LiveError>> MemoryLiveBus::history(TenantId tenant,
                                                            std::optional<LiveId> after,
                                                            std::size_t count_max) {
    LiveHistory history;
    const auto kept = kept_.find(tenant);
    if (kept == kept_.end()) {
        history.is_whole = !after;
        co_return history;
    }
    const std::deque<LiveEventPtr>& events = kept->second.events;
    auto first = events.end() - static_cast<std::ptrdiff_t>(std::min(count_max, events.size()));
    if (after) {
        const auto found =
            std::find_if(events.begin(), events.end(),
                         [&after](const LiveEventPtr& event) { return event->id == *after; });
        history.is_whole = found != events.end() &&
                           static_cast<std::size_t>(events.end() - found) <= count_max + 1;
        first = history.is_whole ? found + 1 : events.end();
    }
    history.events.assign(first, events.end());
    co_return history;
}

}  // namespace studio::services
