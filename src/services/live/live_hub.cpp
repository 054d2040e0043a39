#include "services/live/live_hub.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/log.hpp"
#include "services/live/call_board.hpp"
#include "services/live/call_teller.hpp"
#include "services/live/internal/live_topic.hpp"

namespace studio::services {
namespace {

constexpr std::uint32_t page_size = 500;
/// Calls of which the end was missed that are looked for at once.
constexpr std::size_t gone_max = 100;

constexpr std::array<core::CallStatus, 5> under_way{
    core::CallStatus::pending, core::CallStatus::connecting, core::CallStatus::dialing,
    core::CallStatus::ringing, core::CallStatus::active};

LiveEventPtr made_up(const core::CallRecord& record, WallTime now) {
    LiveEvent event;
    event.call_id = record.id;
    event.type = "status";
    if (core::is_final(record.status)) {
        event.type = record.status == core::CallStatus::failed ? "failed" : "ended";
    }
    event.timestamp = to_rfc3339(now);
    event.data = serialize_json(live_call_view(record, now));
    return std::make_shared<const LiveEvent>(std::move(event));
}

ServiceError away(const char* what) {
    return {ServiceErrorCode::unavailable, what, {}};
}

}  // namespace

std::vector<std::string> validate(const LiveOptions& options) {
    std::vector<std::string> errors;
    if (options.streams_per_tenant_max == 0 || options.streams_max == 0) {
        errors.emplace_back("the number of streams is zero");
    }
    if (options.waiting_max == 0 || options.resumed_max == 0 || options.recent_max == 0) {
        errors.emplace_back("a number of events is zero");
    }
    if (options.board_interval < milliseconds{1'000}) {
        errors.emplace_back("the store would be asked more often than every second");
    }
    return errors;
}

LiveHub::LiveHub(LiveOptions options, Parts parts)
    : options_(options), parts_(parts), scope_(parts.loop) {}

std::size_t LiveHub::streams() const {
    std::size_t count = 0;
    for (const auto& [tenant, topic] : topics_) {
        const auto living = topic.lock();
        count += living ? living->size() : 0;
    }
    return count;
}

std::shared_ptr<LiveTopic> LiveHub::topic_of(const TenantId& tenant) {
    if (auto living = topics_[tenant].lock()) {
        return living;
    }
    std::erase_if(topics_, [](const auto& one) { return one.second.expired(); });
    auto topic = std::make_shared<LiveTopic>(
        LiveTopic::Parts{parts_.loop, parts_.source, scope_, options_.resumed_max}, tenant);
    topic->start();
    topics_[tenant] = topic;
    return topic;
}

ServiceTask<std::shared_ptr<LiveStream>> LiveHub::open(LiveRequest request) {
    auto topic = topic_of(request.tenant);
    if (topic->size() >= options_.streams_per_tenant_max || streams() >= options_.streams_max) {
        co_return fail(ServiceError{ServiceErrorCode::rate_limit_exceeded,
                                    "as many streams are open as are allowed at once",
                                    {},
                                    options_.retry_after});
    }
    auto stream = std::make_shared<LiveStream>(parts_.loop, topic, std::move(request.wish),
                                               std::move(request.kind), options_.waiting_max);
    const auto begun = co_await begin(stream, request.after);
    if (!begun) {
        co_return fail(begun.error());
    }
    LiveTopic::Board& board = topic->board();
    if (stream->wish().kind == LiveWish::Kind::board && !board.is_loaded) {
        if (!board.calls) {
            board.calls.emplace();
        }
        board.is_loaded = co_await load_board(topic, false);
        if (!board.is_loaded) {
            co_return fail(away("the calls cannot be read now"));
        }
        if (!std::exchange(board.is_kept, true)) {
            scope_.spawn(keep_board(topic));
        }
    }
    co_return stream;
}

ServiceTask<bool> LiveHub::begin(std::shared_ptr<LiveStream> stream, std::optional<LiveId> after) {
    const TenantId tenant = stream->topic().tenant();
    const bool is_up =
        co_await stream->topic().wait_until_up(parts_.loop.now() + options_.up_timeout);
    if (!is_up) {
        co_return fail(away("what happens in calls cannot be heard now"));
    }
    if (after) {
        auto missed = co_await parts_.source.history(tenant, after, options_.resumed_max);
        if (!missed) {
            co_return fail(away("what happened in calls cannot be read now"));
        }
        if (missed->is_whole) {
            stream->begin(std::move(*missed), true);
            co_return true;
        }
    }
    auto recent = co_await parts_.source.history(tenant, std::nullopt, options_.recent_max);
    if (!recent) {
        co_return fail(away("what happened in calls cannot be read now"));
    }
    stream->begin(std::move(*recent), false);
    co_return true;
}

/// Every call under way, into the board; `is_told`: what was wrong there is told to the streams.
Task<bool> LiveHub::load_board(std::shared_ptr<LiveTopic> topic, bool is_told) {
    const Instant asked_at = parts_.loop.now();
    std::vector<core::CallRecord> records;
    for (const core::CallStatus status : under_way) {
        bool has_more = true;
        for (std::uint32_t offset = 0; has_more && records.size() < options_.board_calls_max;
             offset += page_size) {
            CallFilter filter;
            filter.status = status;
            filter.page = {page_size, offset};
            const auto page = co_await parts_.calls.list(topic->tenant(), std::move(filter));
            if (!page) {
                co_return false;
            }
            has_more = page->items.size() == page_size;
            records.insert(records.end(), page->items.begin(), page->items.end());
        }
    }
    std::optional<CallBoard>& board = topic->board().calls;
    if (!board) {
        co_return true;
    }
    const WallTime now = parts_.loop.wall_now();
    std::vector<JsonObject> calls;
    std::map<std::string, const core::CallRecord*> by_id;
    for (const core::CallRecord& record : records) {
        calls.push_back(live_call_view(record, now));
        by_id[record.id.text()] = &record;
    }
    const CallBoard::Correction corrected = board->load(calls, asked_at, parts_.loop.now());
    if (is_told) {
        for (const JsonObject& call : corrected.calls) {
            topic->deliver(made_up(*by_id.at(member_text(Json(call), "call_id")), now));
        }
        co_await tell_of_gone(topic, corrected.gone);
    }
    co_return true;
}

Task<void> LiveHub::tell_of_gone(std::shared_ptr<LiveTopic> topic, std::vector<CallId> gone) {
    gone.resize(std::min(gone.size(), gone_max));
    for (const CallId& id : gone) {
        const auto record = co_await parts_.calls.load(topic->tenant(), id);
        if (record && core::is_final(record->status)) {
            topic->deliver(made_up(*record, parts_.loop.wall_now()));
        }
    }
}

/// Events may be lost, and some ends are written by nobody who tells: looks again and again.
Task<void> LiveHub::keep_board(std::shared_ptr<LiveTopic> topic) {
    while (co_await runtime::sleep_for(parts_.loop, options_.board_interval, scope_.token())) {
        if (!topic->has_board_stream()) {
            break;
        }
        const bool is_loaded = co_await load_board(topic, true);
        if (!is_loaded) {
            STUDIO_LOG(warning, "live_board_not_read", {"tenant_id", topic->tenant()});
        }
    }
    topic->board() = {};
}

std::size_t LiveHub::active_calls(LiveStream& stream) {
    const std::optional<CallBoard>& board = stream.topic().board().calls;
    return board ? board->active() : 0;
}

JsonArray LiveHub::calls_under_way(LiveStream& stream, std::size_t count_max) {
    const std::optional<CallBoard>& board = stream.topic().board().calls;
    return board ? board->view(count_max) : JsonArray{};
}

}  // namespace studio::services
