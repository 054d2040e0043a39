#include "services/calls/in_rooms/room_watch.hpp"

#include <algorithm>
#include <utility>

#include "ports/room_names.hpp"
#include "services/calls/end/call_ending.hpp"

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

namespace {

/// In a room of ours whoever has neither of our identities is a guest.
bool is_guest(const RoomEvent& event, const core::CallRecord& record) {
    return event.kind != RoomEvent::Kind::room_finished &&
           event.room_name == own_room_of(record.id) &&
           event.identity != caller_identity_of(record.id) &&
           event.identity != phone_identity_of(record.id);
}

}  // namespace

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
    if (record && is_guest(event, *record)) {
        remember(event.id);
        co_return true;
    }
    if (record && record->status == core::CallStatus::pending) {
        if (co_await is_anybody_left(event)) {
            remember(event.id);
            co_return true;
        }
        const auto ended = co_await end(std::move(*record), reason);
        if (!ended && is_transient(ended.error())) {
            co_return fail(ended.error());
        }
    } else if (record && !core::is_final(record->status) &&
               waiting_.size() < options_.waiting_max && waiting_.insert(event.room_name).second) {
        scope_.spawn(end_after_grace(event, reason));
    }
    // Only now: a report that failed is to be sent again.
    remember(event.id);
    co_return true;
}

Task<bool> RoomWatch::is_anybody_left(RoomEvent event) {
    if (event.kind == RoomEvent::Kind::room_finished || parts_.people == nullptr) {
        co_return false;
    }
    const auto people = co_await parts_.people->list(event.room_name);
    co_return people&& std::ranges::any_of(*people, [&event](const RoomParticipant& person) {
        return person.identity != event.identity &&
               (person.kind == ParticipantKind::standard || person.kind == ParticipantKind::phone);
    });
}

Task<void> RoomWatch::end_after_grace(RoomEvent event, core::EndReason reason) {
    const bool has_passed =
        co_await runtime::sleep_for(parts_.loop, options_.grace, scope_.token());
    if (has_passed) {
        auto record = co_await parts_.rooms.find_by_room(event.room_name);
        if (record && !core::is_final(record->status)) {
            const bool is_used = co_await is_anybody_left(event);
            if (!is_used) {
                static_cast<void>(co_await end(std::move(*record), reason));
            }
        }
    }
    waiting_.erase(event.room_name);
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
