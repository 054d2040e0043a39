#pragma once

#include <functional>
#include <string_view>

#include "base/interface.hpp"
#include "base/json.hpp"
#include "core/call/call_record.hpp"

namespace studio::services {

/// Told what happens in a call; whoever stores or shows it implements this. On the call's loop. It
/// outlives the session.
class CallObserver : public Interface {
public:
    /// The record changed: status, times, agent, or an error of a new kind. Not called for the
    /// final status.
    virtual void on_call_status(const core::CallRecord& record) = 0;
    /// One more entry; in order, each once.
    virtual void on_transcript(const core::CallRecord& record,
                               const core::TranscriptEntry& entry) = 0;
    /// What passes while the call is active, as docs/events.md has it: `type` and its members. What
    /// the two functions above tell is not repeated. For whoever shows calls; others need not
    /// listen.
    virtual void on_call_event(const core::CallRecord& /*record*/, std::string_view /*type*/,
                               const JsonObject& /*event*/) {}
    /// The call is over and nothing more is said. `record` is final: store it, then call `stored`,
    /// on the loop, also from inside. The call's end waits for it, but not for ever.
    virtual void on_call_closing(const core::CallRecord& record, std::function<void()> stored) = 0;
    /// The end, exactly once, as the last thing that the session does: it may be destroyed from
    /// inside `on_call_ended` only by posting to the loop.
    virtual void on_call_ended(const core::CallRecord& record) = 0;
};

}  // namespace studio::services
