#pragma once

#include <memory>
#include <string>

#include "runtime/wake_list.hpp"
#include "services/hosting/host/internal/host_context.hpp"
#include "services/hosting/host/room_order.hpp"

namespace studio::services {

/// What a host does for calls in rooms alone: enters the room while the call is certainly ours,
/// carries on what another worker held, and hands over. On the host's loop.
class RoomHost {
public:
    /// Which outlives it.
    explicit RoomHost(HostContext& context) : context_(context), kept_(context.parts.loop) {}

    /// As CallHost::join(), of a call that the host has added.
    [[nodiscard]] Task<Result<bool, JoinError>> join(RoomOrder order, CallProviders providers);
    /// As CallHost.
    [[nodiscard]] Task<bool> hand_over(CallId id, milliseconds patience);
    void thaw(const CallId& id);
    /// The call as the journal keeps it, of a call that has a session.
    [[nodiscard]] std::string take_snapshot(const CallId& id);
    /// The scope of the host was cancelled: those who wait here end.
    void wake() { kept_.wake_all(); }

private:
    /// Whether the lease is certainly ours, also after a moment in which it may be renewed.
    [[nodiscard]] Task<bool> is_ours(CallId id);
    void begin(HeldCall& held, RoomOrder order, CallProviders providers,
               std::unique_ptr<CallMedia> media);
    void write_end(HeldCall& held, RoomOrder order);

    HostContext& context_;
    /// Woken when a call that is handed over was kept, or was not.
    runtime::WakeList kept_;
};

}  // namespace studio::services
