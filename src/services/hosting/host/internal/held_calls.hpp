#pragma once

#include <cstddef>
#include <map>
#include <memory>

#include "services/hosting/host/call_host.hpp"
#include "services/hosting/host/internal/held_call.hpp"

namespace studio::services {

/// The calls of a host by id, until their last write. On the host's loop.
class HeldCalls {
public:
    /// `on_ended` as the host's; the loop outlives it.
    HeldCalls(runtime::Loop& loop, CallHost::OnEnded on_ended);

    /// In place of what was there.
    HeldCall& put(const CallId& id, std::unique_ptr<HeldCall> held);
    [[nodiscard]] HeldCall* find(const CallId& id);
    /// Of a call that is here.
    [[nodiscard]] HeldCall& of(const CallId& id);
    /// The session of a call that is ours and not at its end; else nullptr.
    [[nodiscard]] CallSession* find_session(const CallId& id);

    /// Destroys the session, which is not on the stack, waits for what is being written, and tells
    /// that the call has ended.
    void forget(const CallId& id);
    /// At once, and nobody is told.
    void erase(const CallId& id) { calls_.erase(id); }
    void clear() { calls_.clear(); }

    [[nodiscard]] const std::map<CallId, std::unique_ptr<HeldCall>>& all() const { return calls_; }

private:
    void end(const CallId& id, CallEnd end);

    runtime::Loop& loop_;
    CallHost::OnEnded on_ended_;
    std::map<CallId, std::unique_ptr<HeldCall>> calls_;
};

}  // namespace studio::services
