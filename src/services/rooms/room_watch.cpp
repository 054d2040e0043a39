#include "services/rooms/room_watch.hpp"

#include <utility>

#include "ports/room_names.hpp"
#include "services/platform/call_ending.hpp"

namespace studio::services {
namespace {

/// Of a call that no worker holds, so that whoever left was not talked to any more.
core::EndReason reason_of(const RoomEvent& event) {
    switch (event.kind) {
        case RoomEvent::Kind::room_finished:
            return core::EndReason::room_closed;
        case RoomEvent::Kind::participant_aborted:
            return core::EndReason::never_connected;
        default:
            break;
    }
    switch (event.reason) {
        case RoomEvent::LeaveReason::removed:
            return core::EndReason::caller_removed;
        case RoomEvent::LeaveReason::room_closed:
            return core::EndReason::room_closed;
        case RoomEvent::LeaveReason::unknown:
        case RoomEvent::LeaveReason::left:
        case RoomEvent::LeaveReason::replaced:
        case RoomEvent::LeaveReason::connection_lost:
            break;
    }
    return core::EndReason::caller_left;
}

}  // namespace

RoomWatch::RoomWatch(RoomWatchOptions options, Parts parts)
    : options_(std::move(options)), parts_(parts), scope_(parts.loop) {}

bool RoomWatch::concerns_us(const RoomEvent& event) const {
    if (event.kind == RoomEvent::Kind::room_finished) {
        return true;
    }
    const bool has_left = event.kind == RoomEvent::Kind::participant_left ||
                          event.kind == RoomEvent::Kind::participant_aborted;
    const bool is_caller = (event.participant == ParticipantKind::standard ||
                            event.participant == ParticipantKind::phone) &&
                           !is_agent_identity(event.identity);
    return has_left && is_caller && event.reason != RoomEvent::LeaveReason::replaced;
}

void RoomWatch::remember(const std::string& id) {
    if (id.empty() || !seen_.insert(id).second) {
        return;
    }
    seen_order_.push_back(id);
    if (seen_order_.size() > options_.reports_max) {
        seen_.erase(seen_order_.front());
        seen_order_.pop_front();
    }
}

Task<Result<bool, StoreError>> RoomWatch::handle(RoomEvent event) {
    if (!concerns_us(event) || (!event.id.empty() && seen_.contains(event.id))) {
        co_return true;
    }
    const core::EndReason reason = reason_of(event);
    auto record = co_await parts_.rooms.find_by_room(event.room_name);
    if (!record && record.error() != StoreError::not_found) {
        co_return fail(record.error());
    }
    if (record && record->status == core::CallStatus::pending) {
        const auto ended = co_await end(std::move(*record), reason);
        if (!ended && is_transient(ended.error())) {
            co_return fail(ended.error());
        }
    } else if (record && !core::is_final(record->status) &&
               waiting_.size() < options_.waiting_max && waiting_.insert(event.room_name).second) {
        scope_.spawn(end_after_grace(event.room_name, reason));
    }
    // Only now: a report that failed is to be sent again.
    remember(event.id);
    co_return true;
}

Task<void> RoomWatch::end_after_grace(std::string room_name, core::EndReason reason) {
    const bool has_passed =
        co_await runtime::sleep_for(parts_.loop, options_.grace, scope_.token());
    if (has_passed) {
        auto record = co_await parts_.rooms.find_by_room(room_name);
        if (record && !core::is_final(record->status)) {
            static_cast<void>(co_await end(std::move(*record), reason));
        }
    }
    waiting_.erase(room_name);
}

Task<Result<bool, StoreError>> RoomWatch::end(core::CallRecord record, core::EndReason reason) {
    const CallId id = record.id;
    const auto ended =
        co_await save_ended(parts_.calls, std::move(record), reason, parts_.loop.wall_now());
    // conflict and stale: its worker was faster, which is as it should be.
    if (!ended) {
        co_return fail(ended.error());
    }
    if (parts_.queue != nullptr) {
        // Where that fails, the worker that takes it finds that it is over.
        static_cast<void>(co_await parts_.queue->cancel(id));
    }
    co_return true;
}

Task<void> RoomWatch::close() {
    co_await scope_.close();
}

}  // namespace studio::services
