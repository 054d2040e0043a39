#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "adapters/http/api/live/internal/live_reader.hpp"
#include "adapters/http/api/live/internal/sse_writer.hpp"
#include "runtime/task_scope.hpp"

// `/api/v1/sse/calls/stream`: how the tenant's calls stand, and how many are active.

namespace studio::adapters {
namespace {

/// The last event of each call, in the order of the first: what was in between nobody has to see.
/// And the id of the last of all, under which the client has them.
struct Changes {
    JsonArray calls{};
    std::string id{};
};

Changes changes_of(const std::vector<LiveEventPtr>& events) {
    Changes changes;
    std::map<CallId, std::size_t> places;
    for (const LiveEventPtr& event : events) {
        auto call = parse_json(event->data, json_as_stored);
        if (!call) {
            continue;
        }
        const auto [place, is_new] = places.emplace(event->call_id, changes.calls.size());
        if (is_new) {
            changes.calls.push_back(std::move(*call));
        } else {
            changes.calls[place->second] = std::move(*call);
        }
        if (event->id != LiveId{}) {
            changes.id = event->id.text();
        }
    }
    return changes;
}

class CallsWriter {
public:
    CallsWriter(LiveReader& reader, ReplyStream& out) : reader_(reader), sse_(out) {}

    [[nodiscard]] Task<bool> begin() {
        services::LiveStream& stream = reader_.stream();
        const bool is_resumed = stream.start().is_resumed;
        const JsonObject connected{{"message", is_resumed ? "connected again" : "connected"},
                                   {"tenant_id", reader_.tenant().text()},
                                   {"resumed", is_resumed}};
        // Behind it comes everything that the list below does not have.
        const std::string id = is_resumed ? std::string() : stream.start().at.text();
        bool is_read = co_await sse_.send("connected", connected, id);
        if (is_read && !is_resumed) {
            JsonArray calls =
                services::LiveHub::calls_under_way(stream, reader_.options().listed_max);
            const JsonObject update = update_of(std::move(calls), true);
            is_read = co_await sse_.send("calls_update", update);
        }
        if (is_read) {
            is_read = co_await tell_active();
        }
        co_return is_read;
    }

    /// Where it changed.
    [[nodiscard]] Task<bool> tell_active() {
        const std::size_t active = services::LiveHub::active_calls(reader_.stream());
        if (active_ == active) {
            co_return true;
        }
        active_ = active;
        const JsonObject count{{"count", active}, {"timestamp", reader_.now()}};
        co_return co_await sse_.send("active_count", count);
    }

    [[nodiscard]] Task<bool> turn(LiveTurn turn) {
        bool is_read = true;
        if (turn.heartbeat) {
            is_read = co_await sse_.heartbeat(reader_.now());
        }
        if (is_read && !turn.events.empty()) {
            Changes changes = changes_of(turn.events);
            const JsonObject update = update_of(std::move(changes.calls), false);
            is_read = co_await sse_.send("calls_update", update, changes.id);
        }
        if (is_read) {
            is_read = co_await tell_active();
        }
        co_return is_read;
    }

    [[nodiscard]] SseWriter& sse() { return sse_; }

private:
    [[nodiscard]] JsonObject update_of(JsonArray calls, bool is_snapshot) const {
        return {
            {"calls", std::move(calls)}, {"snapshot", is_snapshot}, {"timestamp", reader_.now()}};
    }

    LiveReader& reader_;
    SseWriter sse_;
    std::optional<std::size_t> active_;
};

}  // namespace

Task<void> write_calls(std::shared_ptr<LiveReader> reader, ReplyStream& out) {
    CallsWriter writer(*reader, out);
    bool is_read = co_await writer.begin();
    while (is_read) {
        LiveTurn turn = co_await reader->next(out.token());
        if (!turn.end.empty()) {
            const std::string now = reader->now();
            [[maybe_unused]] const bool told = co_await writer.sse().end(turn.end, now);
            co_return;
        }
        if (!turn.events.empty()) {
            // Changes come together: a call that begins has several within milliseconds.
            [[maybe_unused]] const bool slept =
                co_await runtime::sleep_for(reader->loop(), reader->options().gather, out.token());
            auto more = reader->stream().take();
            turn.events.insert(turn.events.end(), more.begin(), more.end());
        }
        is_read = co_await writer.turn(std::move(turn));
    }
}

}  // namespace studio::adapters
