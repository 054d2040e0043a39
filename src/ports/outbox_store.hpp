#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/interface.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "ports/store_error.hpp"

namespace studio {

/// What other systems are told about a call: `call.created`, `call.started`, `call.agent_changed`,
/// `call.completed`, `call.failed`, `call.disconnected` or `call.timeout`. Stored in the
/// transaction of the change that caused it, so neither is without the other.
struct OutboxEvent {
    /// Unique and the same at each delivery, so that a receiver can tell a repeat.
    std::string id;
    TenantId tenant_id;
    CallId call_id;
    /// 1, 2, 3 … within the call.
    std::uint64_t sequence = 0;
    std::string type;
    /// The call at that moment; no phone number and no transcript.
    Json payload = JsonObject{};
    WallTime created_at{};
    /// How often it was taken, this time included.
    std::uint32_t attempts = 0;
};

/// What waits to be delivered.
struct OutboxBacklog {
    std::uint64_t waiting = 0;
    milliseconds oldest_age{0};
};

/// Events on their way out, of all tenants, filled by CallStore. At least once: whoever takes an
/// event and dies leaves it to the next. Any loop may call; the task resumes on the loop that
/// awaits it.
class OutboxStore : public Interface {
public:
    template <class Value>
    using Outcome = Task<Result<Value, StoreError>>;

    /// Up to `limit` undelivered events, oldest first, that nobody else gets until `claim` is over.
    /// Takers at the same time get different events and do not wait for each other.
    [[nodiscard]] virtual Outcome<std::vector<OutboxEvent>> take(std::uint32_t limit,
                                                                 milliseconds claim) = 0;
    /// They are never taken again. Unknown ids are harmless.
    [[nodiscard]] virtual Outcome<bool> mark_delivered(std::vector<std::string> ids) = 0;
    [[nodiscard]] virtual Outcome<OutboxBacklog> backlog() = 0;
    /// Erases events that were delivered before; returns how many.
    [[nodiscard]] virtual Outcome<std::uint64_t> erase_delivered(WallTime before) = 0;
};

}  // namespace studio
