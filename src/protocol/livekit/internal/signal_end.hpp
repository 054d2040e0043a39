#pragma once

#include "protocol/livekit/signal_session.hpp"

namespace studio::livekit {

/// Why the call is over when its caller is gone for this reason.
[[nodiscard]] SignalEndReason end_of_caller(DisconnectReason reason);
/// Why the call is over when the server sends us away for this reason.
[[nodiscard]] SignalEndReason end_of_us(DisconnectReason reason);

}  // namespace studio::livekit
