#include <algorithm>
#include <utility>

#include "adapters/http/api/live/internal/live_reader.hpp"
#include "services/live/live_metrics.hpp"

namespace studio::adapters {

LiveReader::LiveReader(const LiveApi::Parts& parts, const LiveApiOptions& options,
                       LiveReaderKey key, std::shared_ptr<services::LiveStream> stream)
    : parts_(parts),
      options_(options),
      key_(std::move(key)),
      stream_(std::move(stream)),
      heartbeat_at_(parts_.loop.now() + options_.heartbeat),
      check_at_(parts_.loop.now() + options_.key_check) {}

Task<LiveTurn> LiveReader::next(runtime::CancellationToken token) {
    co_await stream_->wait(std::min(heartbeat_at_, check_at_), token);
    LiveTurn turn;
    if (token.is_cancelled()) {
        turn.end = "shutting_down";
        co_return turn;
    }
    const Instant now = parts_.loop.now();
    if (now >= check_at_) {
        check_at_ = now + options_.key_check;
        const bool is_let_in = co_await this->is_let_in();
        if (!is_let_in) {
            services::count_live_reader_dropped("key_revoked");
            turn.end = "key_revoked";
            co_return turn;
        }
    }
    if (stream_->end() != services::LiveEnd::none) {
        turn.end = name_of(stream_->end());
        co_return turn;
    }
    turn.heartbeat = now >= heartbeat_at_;
    if (turn.heartbeat) {
        heartbeat_at_ = now + options_.heartbeat;
    }
    turn.events = stream_->take();
    co_return turn;
}

/// A database that is away shuts nobody out.
Task<bool> LiveReader::is_let_in() {
    const auto principal = co_await parts_.accounts.authenticate(key_.key);
    if (!principal) {
        co_return principal.error().code == services::ServiceErrorCode::unavailable;
    }
    co_return principal->tenant_id == key_.tenant && principal->has_scope(live_scope);
}

std::string live_end_message(const std::string& end) {
    if (end == "slow_reader") {
        return "the events were not taken in time; connect again";
    }
    if (end == "events_lost") {
        return "some events were lost; connect again for how things stand";
    }
    if (end == "key_revoked") {
        return "the key does not open this stream any more";
    }
    return "the server is shutting down; connect again";
}

}  // namespace studio::adapters
