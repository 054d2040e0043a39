#include "services/live/internal/live_topic.hpp"

#include <algorithm>
#include <utility>

namespace studio::services {

LiveTopic::LiveTopic(const Parts& parts, TenantId tenant)
    : parts_(parts), tenant_(std::move(tenant)), up_(parts.loop) {}

void LiveTopic::start() {
    channel_ = parts_.source.listen(tenant_, *this);
}

bool LiveTopic::has_board_stream() const {
    return std::any_of(streams_.begin(), streams_.end(), [](LiveStream* stream) {
        return stream->wish().kind == LiveWish::Kind::board;
    });
}

Task<bool> LiveTopic::wait_until_up(Instant until) {
    while (!is_up_ && parts_.loop.now() < until) {
        [[maybe_unused]] const bool woken = co_await up_.wait_until(until);
    }
    co_return is_up_;
}

void LiveTopic::on_live_event(const LiveEventPtr& event) {
    if (!is_catching_up_) {
        deliver(event);
        return;
    }
    if (held_back_.size() < parts_.history_max) {
        held_back_.push_back(event);
    } else {
        stop_all(LiveEnd::events_lost);
    }
}

void LiveTopic::on_live_up() {
    if (!std::exchange(is_up_, true)) {
        up_.wake_all();
        return;
    }
    // It was away: what happened meanwhile is in the history, or nowhere.
    if (!std::exchange(is_catching_up_, true)) {
        parts_.scope.spawn(catch_up());
    }
}

Task<void> LiveTopic::catch_up() {
    const auto keeps_alive = shared_from_this();
    // Where no event was ever heard there is nothing to go on from.
    std::optional<LiveId> after;
    if (last_id_ != LiveId{}) {
        after = last_id_;
    }
    const auto history = co_await parts_.source.history(tenant_, after, parts_.history_max);
    const bool is_known = history && (after ? history->is_whole : history->events.empty());
    if (is_known) {
        for (const LiveEventPtr& event : history->events) {
            deliver(event);
        }
    } else {
        stop_all(LiveEnd::events_lost);
    }
    is_catching_up_ = false;
    for (const LiveEventPtr& event : std::exchange(held_back_, {})) {
        deliver(event);
    }
}

void LiveTopic::deliver(const LiveEventPtr& event) {
    if (event->id != LiveId{}) {
        if (event->id <= last_id_) {
            return;
        }
        last_id_ = event->id;
    }
    if (board_.calls) {
        board_.calls->apply(*event, parts_.loop.now());
    }
    // Offering ends no stream's life: whoever reads it is woken by the loop.
    for (LiveStream* stream : streams_) {
        stream->offer(event);
    }
}

void LiveTopic::stop_all(LiveEnd end) {
    // Whoever opens a stream again begins anew, also where the bus counts from another clock now.
    last_id_ = {};
    for (LiveStream* stream : streams_) {
        stream->stop(end);
    }
}

}  // namespace studio::services
