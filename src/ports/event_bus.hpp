#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/interface.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"

namespace studio {

/// Something that happened in a call, for whoever watches: dashboards, other processes.
struct CallEvent {
    TenantId tenant_id;
    CallId call_id;
    /// As the API names it: `call.started`, `call.ended`, `call.failed`, `call.transcript` …
    std::string type;
    /// RFC 3339.
    std::string timestamp;
    Json data = JsonObject{};
};

enum class BusError : std::uint8_t {
    /// The bus cannot be reached. The event is lost to watchers; the store has what must last.
    unavailable,
};

/// Hears the events of one tenant, or of all.
class EventListener : public Interface {
public:
    /// On the loop that subscribed, never from inside `subscribe`.
    virtual void on_call_event(const CallEvent& event) = 0;
    /// Events may have been missed: read the store again.
    virtual void on_gap() = 0;
};

/// A subscription; destroying it ends it.
class Subscription : public Interface {};

/// Carries events to every process, at most once and in order per publisher. One object per loop,
/// used on that loop only.
class EventBus : public Interface {
public:
    [[nodiscard]] virtual Task<Result<bool, BusError>> publish(CallEvent event) = 0;
    /// An empty tenant means all. `listener` outlives the subscription. A lost connection is made
    /// again; on_gap() tells.
    [[nodiscard]] virtual std::unique_ptr<Subscription> subscribe(TenantId tenant,
                                                                  EventListener& listener) = 0;
};

}  // namespace studio
