#pragma once

#include <cstdint>
#include <string>

#include "base/interface.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"

namespace studio {

/// Something that happened in a call, for whoever watches: dashboards, other programs.
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

/// Carries events to whoever listens outside of the program, at most once and in order per
/// publisher; the program itself listens to none. One object per loop, used on that loop only.
class EventBus : public Interface {
public:
    [[nodiscard]] virtual Task<Result<bool, BusError>> publish(CallEvent event) = 0;
};

}  // namespace studio
