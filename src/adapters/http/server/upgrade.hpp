#pragma once

#include <cstdint>
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
    /// Sends a text message and waits until the system has taken it. False where nobody reads any
    /// more: the client has left, or has taken nothing for HttpServerOptions::write_timeout.
    [[nodiscard]] virtual Task<bool> write(std::string text) = 0;
    /// Says goodbye with a code of RFC 6455, section 7.4, and a reason of at most 123 bytes. The
    /// read that waits ends soon. Again is harmless.
    virtual void end(std::uint16_t code, std::string reason) = 0;
    /// Cancelled when the connection ends for whatever reason, and when the server stops.
    [[nodiscard]] virtual runtime::CancellationToken token() const = 0;
};

/// What talks over an upgraded connection, which is closed where it ends.
using UpgradeWork = std::function<Task<void>(UpgradedSocket&)>;

}  // namespace studio::adapters
