#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/http/api/live/live_api.hpp"
#include "base/sensitive.hpp"
#include "services/live/live_hub.hpp"

namespace studio::adapters {

/// Who reads a stream: what is looked at again while it is open.
struct LiveReaderKey {
    Secret<std::string> key;
    TenantId tenant;
};

/// What a stream does next.
struct LiveTurn {
    std::vector<LiveEventPtr> events{};
    /// A sign of life is due.
    bool heartbeat = false;
    /// Why the stream ends, as one word; empty where it goes on.
    std::string end{};
};

/// One reader of one stream, whatever carries it: events as they come, signs of life, and the end.
/// On the loop of the use cases.
class LiveReader {
public:
    LiveReader(const LiveApi::Parts& parts, const LiveApiOptions& options, LiveReaderKey key,
               std::shared_ptr<services::LiveStream> stream);

    /// Waits until there is something to do. `token` is the connection's.
    [[nodiscard]] Task<LiveTurn> next(runtime::CancellationToken token);
    [[nodiscard]] services::LiveStream& stream() { return *stream_; }
    [[nodiscard]] runtime::Loop& loop() { return parts_.loop; }
    [[nodiscard]] std::string now() const { return to_rfc3339(parts_.loop.wall_now()); }
    [[nodiscard]] const LiveApiOptions& options() const { return options_; }
    [[nodiscard]] const TenantId& tenant() const { return key_.tenant; }
    [[nodiscard]] services::CallReader& calls() { return parts_.reader; }

private:
    [[nodiscard]] Task<bool> is_let_in();

    LiveApi::Parts parts_;
    LiveApiOptions options_;
    LiveReaderKey key_;
    std::shared_ptr<services::LiveStream> stream_;
    Instant heartbeat_at_;
    Instant check_at_;
};

/// The scope that every stream needs.
inline constexpr const char* live_scope = "calls:read";

/// What a reader is told before its stream ends early.
[[nodiscard]] std::string live_end_message(const std::string& end);

/// What writes the stream of all calls, and that of one.
[[nodiscard]] Task<void> write_calls(std::shared_ptr<LiveReader> reader, ReplyStream& out);
[[nodiscard]] Task<void> write_call(std::shared_ptr<LiveReader> reader, CallId id,
                                    ReplyStream& out);
/// What talks over the WebSocket.
[[nodiscard]] Task<void> talk_live(std::shared_ptr<LiveReader> reader, UpgradedSocket& socket);

}  // namespace studio::adapters
