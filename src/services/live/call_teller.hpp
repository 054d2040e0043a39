#pragma once

#include <string>
#include <string_view>

#include "core/call/call_record.hpp"
#include "ports/live_bus.hpp"
#include "runtime/loop.hpp"

namespace studio::services {

/// What live events say of a call as a whole: enough to show it in a list. One object; `timestamp`
/// is `now`. Never its phone number.
[[nodiscard]] JsonObject live_call_view(const core::CallRecord& record, WallTime now);

/// One line of what was said, as live events show it.
[[nodiscard]] JsonObject live_line_view(const CallId& id, const core::TranscriptEntry& entry);

/// Turns what happens in calls into live events (docs/live.md). On one loop.
class CallTeller {
public:
    /// `sink` may be nullptr: then nobody is told. Both outlive it.
    CallTeller(runtime::Loop& loop, LiveSink* sink) : loop_(loop), sink_(sink) {}

    /// A call that was asked for.
    void created(const core::CallRecord& record) { tell_of_call("created", record); }
    /// Its status changed; `is_begun`: just now it began.
    void status(const core::CallRecord& record, bool is_begun) {
        tell_of_call(is_begun ? "started" : "status", record);
    }
    /// It is over and that is stored: `failed` or `ended`.
    void ended(const core::CallRecord& record);
    /// One line of what was said; what tools do is told by event().
    void transcript(const core::CallRecord& record, const core::TranscriptEntry& entry);
    /// What else passes in it; `type` and the members of `data` as in docs/live.md.
    void event(const core::CallRecord& record, std::string_view type, JsonObject data);

private:
    void tell_of_call(const char* type, const core::CallRecord& record);
    void tell(const core::CallRecord& record, std::string_view type, JsonObject data);

    runtime::Loop& loop_;
    LiveSink* sink_;
};

}  // namespace studio::services
