#include "support/queue/memory_event_bus.hpp"

#include <map>
#include <utility>
#include <vector>

namespace studio::testing {

/// Who listens on one loop; used there only.
struct MemoryEventBus::Listeners {
    struct Entry {
        TenantId tenant;
        EventListener* listener = nullptr;
    };

    /// Tells each that is still there when its turn comes: a listener may end any subscription.
    template <class Tell>
    void tell(Tell tell_one) {
        std::vector<std::uint64_t> ids;
        for (const auto& entry : entries) {
            ids.push_back(entry.first);
        }
        for (const std::uint64_t id : ids) {
            if (const auto found = entries.find(id); found != entries.end()) {
                tell_one(found->second);
            }
        }
    }

    void deliver(const CallEvent& event) {
        if (!available) {
            return;
        }
        tell([&event](const Entry& entry) {
            if (entry.tenant.empty() || entry.tenant == event.tenant_id) {
                entry.listener->on_call_event(event);
            }
        });
    }

    std::map<std::uint64_t, Entry> entries;
    std::uint64_t last_id = 0;
    bool available = true;
};

/// On the home loop only, but for `home` itself.
struct MemoryEventHub::State {
    struct Member {
        runtime::Loop* loop = nullptr;
        std::weak_ptr<MemoryEventBus::Listeners> listeners;
    };

    explicit State(runtime::Loop& home_loop) : home(home_loop) {}

    void send(const std::shared_ptr<const CallEvent>& event) {
        std::erase_if(members, [](const Member& member) { return member.listeners.expired(); });
        for (const Member& member : members) {
            member.loop->post([event, listeners = member.listeners] {
                if (const auto living = listeners.lock()) {
                    living->deliver(*event);
                }
            });
        }
    }

    runtime::Loop& home;
    std::vector<Member> members;
};

class MemoryEventBus::Held final : public Subscription {
public:
    Held(std::weak_ptr<Listeners> listeners, std::uint64_t id)
        : listeners_(std::move(listeners)), id_(id) {}
    ~Held() override {
        if (const auto living = listeners_.lock()) {
            living->entries.erase(id_);
        }
    }

private:
    std::weak_ptr<Listeners> listeners_;
    std::uint64_t id_;
};

MemoryEventHub::MemoryEventHub(runtime::Loop& home) : state_(std::make_shared<State>(home)) {}

MemoryEventBus::MemoryEventBus(runtime::Loop& loop, MemoryEventHub& hub)
    : loop_(loop), hub_(hub.state_), listeners_(std::make_shared<Listeners>()) {
    hub_->home.post(
        [state = hub_, member = MemoryEventHub::State::Member{&loop_, listeners_}]() mutable {
            state->members.push_back(std::move(member));
        });
}

Task<Result<bool, BusError>> MemoryEventBus::publish(CallEvent event) {
    if (!listeners_->available) {
        co_return fail(BusError::unavailable);
    }
    hub_->home.post([state = hub_, shared = std::make_shared<const CallEvent>(std::move(event))] {
        state->send(shared);
    });
    co_return true;
}

std::unique_ptr<Subscription> MemoryEventBus::subscribe(TenantId tenant, EventListener& listener) {
    const std::uint64_t id = ++listeners_->last_id;
    listeners_->entries[id] = {std::move(tenant), &listener};
    return std::make_unique<Held>(listeners_, id);
}

void MemoryEventBus::set_available(bool available) {
    if (available && !listeners_->available) {
        loop_.post([weak = std::weak_ptr(listeners_)] {
            if (const auto living = weak.lock()) {
                living->tell([](const Listeners::Entry& entry) { entry.listener->on_gap(); });
            }
        });
    }
    listeners_->available = available;
}

}  // namespace studio::testing
