#include "services/hosting/host/internal/held_calls.hpp"

#include <utility>

#include "base/check.hpp"

namespace studio::services {

HeldCalls::HeldCalls(runtime::Loop& loop, CallHost::OnEnded on_ended)
    : loop_(loop), on_ended_(std::move(on_ended)) {}

HeldCall& HeldCalls::put(const CallId& id, std::unique_ptr<HeldCall> held) {
    return *calls_.insert_or_assign(id, std::move(held)).first->second;
}

HeldCall* HeldCalls::find(const CallId& id) {
    const auto found = calls_.find(id);
    return found == calls_.end() ? nullptr : found->second.get();
}

HeldCall& HeldCalls::of(const CallId& id) {
    HeldCall* held = find(id);
    STUDIO_CHECK(held != nullptr, "a session that reports is held");
    return *held;
}

CallSession* HeldCalls::find_session(const CallId& id) {
    HeldCall* held = find(id);
    const bool is_ours = held != nullptr && held->session && !held->is_abandoned &&
                         !held->is_going && !core::is_final(held->session->record().status);
    return is_ours ? held->session.get() : nullptr;
}

void HeldCalls::forget(const CallId& id) {
    HeldCall* held = find(id);
    if (held == nullptr || std::exchange(held->is_going, true)) {
        return;  // close() was faster.
    }
    if (held->keeper) {
        held->keeper->stop();
    }
    held->session.reset();
    held->writer.when_idle([this, id] {
        // Not from inside the writer: it may be on the stack.
        loop_.post([this, id] {
            HeldCall* idle = find(id);
            if (idle != nullptr) {
                end(id, idle->is_abandoned ? CallEnd::abandoned : CallEnd::stored);
            }
        });
    });
}

void HeldCalls::end(const CallId& id, CallEnd end) {
    if (calls_.erase(id) > 0) {
        on_ended_(id, end);
    }
}

}  // namespace studio::services
