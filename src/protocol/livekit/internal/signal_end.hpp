#pragma once

#include "protocol/livekit/signal_session.hpp"

namespace studio::livekit {

/// Why the call is over when its caller is gone for this reason.
[[nodiscard]] SignalEndReason end_of_caller(DisconnectReason reason);
/// Why the call is over when the server sends us away for this reason. `is_away`: the callers were
/// not there, or cut off, before.
[[nodiscard]] SignalEndReason end_of_us(DisconnectReason reason, bool is_away);

}  // namespace studio::livekit
