#include "services/calls/in_rooms/room_calls.hpp"

#include <utility>

#include "base/log.hpp"
#include "base/metric.hpp"
#include "ports/room_names.hpp"
#include "services/calls/end/call_ending.hpp"
#include "services/calls/in_rooms/internal/room_jobs.hpp"
#include "services/resources/agent_loader.hpp"

namespace studio::services {
namespace {

/// Why a job has no place; nothing where the queue only is not there.
std::optional<core::EndReason> refusal_of(QueueError error) {
    switch (error) {
        case QueueError::tenant_limit:
            return core::EndReason::tenant_limit;
        case QueueError::agent_limit:
            return core::EndReason::agent_limit;
        case QueueError::overloaded:
            return core::EndReason::overloaded;
        case QueueError::unavailable:
        case QueueError::worker_limit:
        case QueueError::room_taken:
        case QueueError::stale:
        case QueueError::corrupt:
            break;
    }
    return std::nullopt;
}

ServiceError to_service_error(QueueError error, seconds overload_retry_after) {
    switch (error) {
        case QueueError::tenant_limit:
            return {ServiceErrorCode::rate_limit_exceeded,
                    "as many calls are under way as are allowed at once",
                    {}};
        case QueueError::agent_limit:
            return {ServiceErrorCode::rate_limit_exceeded,
                    "the agent holds as many calls as it is allowed at once",
                    {}};
        default:
            return {ServiceErrorCode::unavailable,
                    "too many calls wait for a worker; try again later",
                    {},
                    overload_retry_after};
    }
}

}  // namespace

std::vector<std::string> validate(const RoomCallsOptions& options) {
    std::vector<std::string> errors;
    if (options.token_lifetime < seconds{10} || options.token_lifetime > std::chrono::hours{24}) {
        errors.emplace_back("the token's lifetime is not within 10 s to 24 h");
    }
    if (options.sweep_interval < milliseconds{100} || options.sweep_interval > seconds{60}) {
        errors.emplace_back("the sweep's interval is not within 100 ms to 60 s");
    }
    if (options.sweep_count_max == 0) {
        errors.emplace_back("a sweep's number of calls is zero");
    }
    if (options.waiting_time_max <= options.sweep_age_min) {
        errors.emplace_back("calls would fail before they are swept");
    }
    return errors;
}

RoomCalls::RoomCalls(RoomCallsOptions options, Parts parts)
    : options_(options), parts_(parts), keys_(parts.keys, parts.loop), scope_(parts.loop) {}

void RoomCalls::start() {
    scope_.spawn(sweep_again_and_again());
}

core::CallRecord RoomCalls::make_record(TenantId tenant, CallRequest request) const {
    core::CallRecord record;
    record.id = CallId(parts_.entropy.uuid());
    record.tenant_id = std::move(tenant);
    record.user_id = std::move(request.user_id);
    record.type = request.type;
    record.direction = request.type == core::CallType::sip ? core::CallDirection::outbound
                                                           : core::CallDirection::inbound;
    record.phone_number = std::move(request.phone_number);
    record.user_context = std::move(request.user_context);
    record.metadata = std::move(request.metadata);
    record.livemode = request.livemode;
    record.created_at = parts_.loop.wall_now();
    return record;
}

CreatedCall RoomCalls::created(core::CallRecord record) const {
    RoomAccess access = parts_.rooms.make_access(record.room_name, caller_identity_of(record.id),
                                                 "caller", options_.token_lifetime);
    return {std::move(record), std::move(access), milliseconds{0}};
}

ServiceTask<CreatedCall> RoomCalls::create(TenantId tenant, Json body, CallOrigin origin) {
    if (!accepting_) {
        co_return fail(ServiceError{
            ServiceErrorCode::unavailable, "the server is shutting down and takes no calls", {}});
    }
    auto request = parse_call_request(body, {.phone_calls = options_.phone_calls, .rooms = true});
    if (!request) {
        co_return fail(invalid(request.error()));
    }
    request->livemode = origin.livemode;
    CallTarget target{request->agent_name, request->workflow_slug};
    auto loaded = co_await load_agents(parts_.resources, tenant, std::move(target));
    if (!loaded) {
        co_return fail(loaded.error());
    }
    std::string workflow_slug = request->workflow_slug;
    core::CallRecord record = make_record(tenant, std::move(*request));
    name_target(record, std::move(workflow_slug), *loaded);
    auto id = co_await keys_.claim(tenant, origin.idempotency_key, std::move(body), record.id);
    if (!id) {
        co_return fail(id.error());
    }
    // Another's id without a row: who claimed it has not written it yet, or died before. The row is
    // made here under that id; only one of us can.
    record.id = std::move(*id);
    record.room_name = own_room_of(record.id);
    auto inserted = co_await insert(record);
    if (!inserted) {
        co_return fail(inserted.error());
    }
    auto queued = co_await enqueue(std::move(*inserted));
    if (!queued) {
        co_await keys_.release(std::move(tenant), std::move(origin.idempotency_key));
        co_return fail(queued.error());
    }
    // Not before it was admitted: what is refused leaves no room behind.
    if (queued->type == core::CallType::voip && queued->status == core::CallStatus::pending) {
        scope_.spawn(make_room(*queued));
    }
    co_return created(std::move(*queued));
}

/// The new row, or the one that the same key made before.
ServiceTask<core::CallRecord> RoomCalls::insert(core::CallRecord record) {
    const auto stored = co_await parts_.calls.create(record);
    if (stored) {
        metrics()
            .counter("studio_calls_created_total", "Calls that were asked for, by kind.",
                     "call_type=\"" + std::string(core::name_of(record.type)) + '"')
            .add();
        STUDIO_LOG(info, "call_created", {"call_id", record.id}, {"agent", record.agent_name});
        co_return std::move(record);
    }
    if (stored.error() != StoreError::conflict) {
        co_return fail(from_store(stored.error(), "call"));
    }
    auto existing = co_await parts_.calls.load(record.tenant_id, record.id);
    if (!existing) {
        co_return fail(from_store(existing.error(), "call"));
    }
    co_return std::move(*existing);
}

/// Puts a pending call into the queue; refuses it where there is no place. What the queue cannot
/// take now, because it is away, a sweep puts in later: the call is answered as made.
ServiceTask<core::CallRecord> RoomCalls::enqueue(core::CallRecord record) {
    if (record.status != core::CallStatus::pending) {
        co_return std::move(record);
    }
    const auto pushed = co_await parts_.queue.push(make_job(record), options_.limits);
    if (pushed) {
        co_return std::move(record);
    }
    const auto reason = refusal_of(pushed.error());
    if (!reason) {
        STUDIO_LOG(warning, "call_not_queued_yet", {"call_id", record.id});
        co_return std::move(record);
    }
    count_refusal(*reason);
    // A row that cannot be written now stays pending and is swept: then the call takes place.
    [[maybe_unused]] const bool failed = co_await end_pending(std::move(record), *reason);
    co_return fail(to_service_error(pushed.error(), options_.overload_retry_after));
}

/// Makes the room before anybody enters, with the call's id for whoever looks at rooms. A server
/// that makes rooms by itself needs none of it, so that trouble here is not the caller's.
Task<void> RoomCalls::make_room(core::CallRecord record) {
    const Json metadata = JsonObject{{"call_id", record.id.text()}, {"agent", record.agent_name}};
    const auto made = co_await parts_.rooms.create_room(record.room_name, serialize_json(metadata));
    if (!made) {
        STUDIO_LOG(warning, "room_not_made", {"call_id", record.id});
    }
}

Task<void> RoomCalls::close_room(std::string room_name) {
    [[maybe_unused]] const auto closed = co_await parts_.rooms.delete_room(std::move(room_name));
}

ServiceTask<std::string> RoomCalls::accept_offer(TenantId tenant, CallId id, std::string) {
    const auto record = co_await parts_.calls.load(std::move(tenant), std::move(id));
    if (!record) {
        co_return fail(from_store(record.error(), "call"));
    }
    co_return fail(ServiceError{ServiceErrorCode::conflict,
                                "the call takes place in a room: enter it with url and token of "
                                "the answer to POST /calls",
                                {}});
}

Task<bool> RoomCalls::end_pending(core::CallRecord record, core::EndReason reason) {
    const auto ended =
        co_await save_ended(parts_.calls, std::move(record), reason, parts_.loop.wall_now());
    co_return ended.has_value();
}

ServiceTask<core::CallRecord> RoomCalls::end(TenantId tenant, CallId id) {
    auto record = co_await parts_.calls.load(tenant, id);
    if (!record) {
        co_return fail(from_store(record.error(), "call"));
    }
    if (core::is_final(record->status)) {
        co_return std::move(*record);
    }
    const auto met = co_await parts_.queue.cancel(id);
    const bool is_pending = record->status == core::CallStatus::pending;
    if ((met && *met == Cancellation::removed) ||
        (is_pending && (!met || *met == Cancellation::unknown))) {
        scope_.spawn(see_to_end(*record));
        auto ended = co_await write_end(std::move(tenant), std::move(id));
        if (ended) {
            scope_.spawn(close_room(record->room_name));  // The caller may wait in it.
        }
        co_return ended;
    }
    if (!met) {
        const auto closed = co_await parts_.rooms.delete_room(record->room_name);
        if (!closed) {
            co_return fail(ServiceError{ServiceErrorCode::unavailable,
                                        "neither the queue nor the media server answers; try again",
                                        {}});
        }
    }
    scope_.spawn(see_to_end(*record));
    co_return std::move(*record);
}

/// Of a call that nobody holds. Who held it after all is told by the store that it is over.
ServiceTask<core::CallRecord> RoomCalls::write_end(TenantId tenant, CallId id) {
    auto record = co_await parts_.calls.load(tenant, id);
    if (record && !core::is_final(record->status)) {
        auto ended = co_await save_ended(parts_.calls, std::move(*record),
                                         core::EndReason::ended_by_api, parts_.loop.wall_now());
        if (ended) {
            co_return std::move(*ended);
        }
        if (is_transient(ended.error())) {
            co_return fail(from_store(ended.error(), "call"));
        }
        record = co_await parts_.calls.load(std::move(tenant), std::move(id));
    }
    if (!record) {
        co_return fail(from_store(record.error(), "call"));
    }
    co_return std::move(*record);
}

/// Whatever dies or is away meanwhile: asks again, ends what nobody holds, and closes the room
/// where the farewell takes too long. A closed room comes to life again where its agent was just
/// entering, so it is closed until the call is over.
Task<void> RoomCalls::see_to_end(core::CallRecord record) {
    int unknown = 0;
    bool is_over = false;
    // One that is over still takes its place in the queue, however long that is away.
    for (int tries = 1; is_over || tries <= options_.end_tries; ++tries) {
        if (!co_await runtime::sleep_for(parts_.loop, options_.end_interval, scope_.token())) {
            co_return;
        }
        const auto met = co_await parts_.queue.cancel(record.id);
        if (is_over && !met) {
            continue;
        }
        const auto now = co_await parts_.calls.load(record.tenant_id, record.id);
        if (is_over || (now && core::is_final(now->status))) {
            is_over = true;
            co_await close_room(record.room_name);
            if (met) {
                co_return;
            }
            continue;  // Its job may still wait.
        }
        unknown = met && *met == Cancellation::unknown ? unknown + 1 : 0;
        if ((met && *met == Cancellation::removed) || unknown >= options_.unknown_tries) {
            [[maybe_unused]] const auto ended = co_await write_end(record.tenant_id, record.id);
            co_await close_room(record.room_name);
        } else if (!met || tries >= options_.farewell_tries) {
            co_await close_room(record.room_name);
        }
    }
    STUDIO_LOG(warning, "call_does_not_end", {"call_id", record.id});
}

Task<void> RoomCalls::close() {
    accepting_ = false;
    co_await scope_.close();
}

}  // namespace studio::services
