#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/interface.hpp"
#include "base/task.hpp"
#include "runtime/cancellation.hpp"

namespace studio::adapters {

/// Where a reply goes that comes piece by piece. Lives as long as the work that writes to it; on
/// the server's loop.
class ReplyStream : public Interface {
public:
    /// Sends a piece and waits until the system has taken it, so that who writes is as slow as who
    /// reads. False where nobody reads any more: the client has left, or has taken nothing for
    /// HttpServerOptions::write_timeout; then the work should end. An empty piece only asks.
    [[nodiscard]] virtual Task<bool> write(std::string piece) = 0;
    /// Cancelled when the client leaves (also where it only closes its own direction) and when the
    /// server stops. Whatever the work waits for takes it, and the work ends then.
    [[nodiscard]] virtual runtime::CancellationToken token() const = 0;
};

/// What writes a reply's body. The reply ends where it ends; a work that goes on after the token
/// was cancelled keeps the server from stopping until HttpServerOptions::stop_timeout.
using StreamWork = std::function<Task<void>(ReplyStream&)>;

/// One event of a stream of type text/event-stream (HTML Living Standard, section 9.2). `event`
/// without line breaks, empty for the default type; `data` of any number of lines; `id`, likewise
/// without line breaks, is what the client sends as Last-Event-ID, empty to leave that as it is.
[[nodiscard]] std::string server_sent_event(std::string_view event, std::string_view data,
                                            std::string_view id = {});

/// A line that readers of events pass over, and that keeps proxies from closing an idle stream.
inline constexpr std::string_view server_sent_heartbeat = ":\n\n";

}  // namespace studio::adapters
