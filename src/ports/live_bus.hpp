#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"
#include "ports/live_id.hpp"

namespace studio {

/// What happens in a call while it happens, for people who watch. What must not be lost is in the
/// store and in the outbox; this may be.
struct LiveEvent {
    /// Given by the bus; all zero before that, and of what a reader makes up itself.
    LiveId id{};
    CallId call_id{};
    /// One lower_snake_case word (docs/live.md): `started`, `transcript`, `ended` …
    std::string type{};
    /// RFC 3339.
    std::string timestamp{};
    /// A JSON object in one line, which names call and time, too.
    std::string data{};
};

using LiveEventPtr = std::shared_ptr<const LiveEvent>;

/// Where whoever runs a call tells what happens in it. On one loop.
class LiveSink : public Interface {
public:
    /// Never waits and never fails: an event that cannot be taken is counted and gone
    /// (studio_live_events_dropped_total). The events of one sink keep their order.
    virtual void publish(TenantId tenant, LiveEvent event) = 0;
};

/// Hears one tenant's events; on the loop of its source, never from inside listen().
class LiveListener : public Interface {
public:
    virtual void on_live_event(const LiveEventPtr& event) = 0;
    /// From now on every event is heard: for the first time, or after a time in which some were
    /// not.
    virtual void on_live_up() = 0;
};

/// Listening; destroying it ends that.
class LiveChannel : public Interface {};

/// What is kept of a tenant's events.
struct LiveHistory {
    /// Whether the event that was asked for is still there, so that nothing is missing.
    bool is_whole = true;
    /// The oldest first.
    std::vector<LiveEventPtr> events{};
};

enum class LiveError : std::uint8_t {
    /// The bus cannot be reached. May succeed later.
    unavailable,
};

/// Where live events are read, with a bounded memory of the last ones. On one loop.
class LiveSource : public Interface {
public:
    /// `listener` outlives the result.
    [[nodiscard]] virtual std::unique_ptr<LiveChannel> listen(TenantId tenant,
                                                              LiveListener& listener) = 0;
    /// The events behind `after`, or where that is absent the last `count_max`.
    [[nodiscard]] virtual Task<Result<LiveHistory, LiveError>> history(TenantId tenant,
                                                                       std::optional<LiveId> after,
                                                                       std::size_t count_max) = 0;
};

}  // namespace studio
