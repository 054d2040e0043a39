#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/interface.hpp"
#include "base/task.hpp"
#include "runtime/cancellation.hpp"

namespace studio::adapters {

/// A connection that a client has upgraded to a WebSocket (RFC 6455). Lives as long as the work
/// that talks over it; on the server's loop. One read and one write may wait at a time.
class UpgradedSocket : public Interface {
public:
    /// The next message, text or binary. Nothing where there will be none: the client has closed or
    /// left, sent a message over HttpServerOptions::body_bytes_max, has not answered a ping in
    /// time, or the server stops.
    [[nodiscard]] virtual Task<std::optional<std::string>> read() = 0;
    /// Sends a text message and waits until the system has taken it. False where nobody reads.
    [[nodiscard]] virtual Task<bool> write(std::string text) = 0;
    /// Cancelled when the connection ends for whatever reason, and when the server stops.
    [[nodiscard]] virtual runtime::CancellationToken token() const = 0;
};

/// What talks over an upgraded connection, which is closed where it ends.
using UpgradeWork = std::function<Task<void>(UpgradedSocket&)>;

}  // namespace studio::adapters
