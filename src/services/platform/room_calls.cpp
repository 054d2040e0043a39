#include "services/platform/room_calls.hpp"

#include <utility>

#include "base/log.hpp"
#include "base/metric.hpp"
#include "services/platform/agent_loader.hpp"

namespace studio::services {
namespace {

constexpr std::string_view caller_identity_prefix = "caller-";

core::Job make_job(const core::CallRecord& record) {
    return {record.id, record.tenant_id, record.agent_name, record.room_name, 1, record.created_at};
}

/// Why a job has no place, as a status reason; nothing where the queue only is not there.
std::optional<std::string> refusal_of(QueueError error) {
    switch (error) {
        case QueueError::tenant_limit:
            return "tenant_limit";
        case QueueError::agent_limit:
            return "agent_limit";
        case QueueError::overloaded:
            return "overloaded";
        case QueueError::unavailable:
        case QueueError::worker_limit:
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

void count_refusal(const std::string& reason) {
    metrics()
        .counter("studio_calls_refused_total", "Calls that were asked for and had no place.",
                 "reason=\"" + reason + '"')
        .add();
}

Counter& swept_calls() {
    static Counter& counter = metrics().counter(
        "studio_calls_swept_total", "Pending calls that a sweep put into the queue afterwards.");
    return counter;
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
    : options_(options), parts_(parts), scope_(parts.loop) {}

void RoomCalls::start() {
    scope_.spawn(sweep_again_and_again());
}

core::CallRecord RoomCalls::make_record(TenantId tenant, CallRequest request) const {
    core::CallRecord record;
    record.id = CallId(parts_.entropy.uuid());
    record.tenant_id = std::move(tenant);
    record.agent_name = std::move(request.agent_name);
    record.user_id = std::move(request.user_id);
    record.type = request.type;
    record.direction = request.type == core::CallType::sip ? core::CallDirection::outbound
                                                           : core::CallDirection::inbound;
    record.phone_number = std::move(request.phone_number);
    record.user_context = std::move(request.user_context);
    record.metadata = std::move(request.metadata);
    record.created_at = parts_.loop.wall_now();
    return record;
}

CreatedCall RoomCalls::created(core::CallRecord record) const {
    const std::string identity = std::string(caller_identity_prefix) + record.id.text();
    RoomAccess access =
        parts_.rooms.make_access(record.room_name, identity, "caller", options_.token_lifetime);
    return {std::move(record), std::move(access), milliseconds{0}};
}

ServiceTask<CreatedCall> RoomCalls::create(TenantId tenant, Json body,
                                           std::string idempotency_key) {
    if (!accepting_) {
        co_return fail(ServiceError{
            ServiceErrorCode::unavailable, "the server is shutting down and takes no calls", {}});
    }
    auto request = parse_call_request(body, {.phone_calls = options_.phone_calls, .rooms = true});
    if (!request) {
        co_return fail(invalid(request.error()));
    }
    const auto agent = co_await load_agent(parts_.resources, tenant, request->agent_name);
    if (!agent) {
        co_return fail(agent.error());
    }
    core::CallRecord record = make_record(tenant, std::move(*request));
    if (!idempotency_key.empty()) {
        auto bound =
            co_await parts_.keys.claim(tenant, idempotency_key, record.id, record.created_at);
        if (!bound) {
            co_return fail(from_store(bound.error(), "call"));
        }
        // Another's id without a row: who claimed it has not written it yet, or died before. The
        // row is made here under that id; only one of us can.
        record.id = std::move(*bound);
    }
    record.room_name = "call-" + record.id.text();
    auto inserted = co_await insert(record);
    if (!inserted) {
        co_return fail(inserted.error());
    }
    auto queued = co_await enqueue(std::move(*inserted));
    if (!queued) {
        if (!idempotency_key.empty()) {
            [[maybe_unused]] const auto released =
                co_await parts_.keys.release(std::move(tenant), std::move(idempotency_key));
        }
        co_return fail(queued.error());
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
        if (record.type == core::CallType::voip) {
            scope_.spawn(make_room(record));
        }
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
    [[maybe_unused]] const bool failed = co_await fail_pending(std::move(record), *reason);
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

/// A closed room comes to life again where its agent was just entering it, or takes the end for a
/// lost connection and enters anew.
Task<void> RoomCalls::close_until_over(core::CallRecord record) {
    for (int tries = 0; tries < options_.end_tries; ++tries) {
        if (!co_await runtime::sleep_for(parts_.loop, options_.end_interval, scope_.token())) {
            co_return;
        }
        const auto now = co_await parts_.calls.load(record.tenant_id, record.id);
        if (now && core::is_final(now->status)) {
            co_return;
        }
        co_await close_room(record.room_name);
    }
    STUDIO_LOG(warning, "call_does_not_end", {"call_id", record.id});
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

Task<bool> RoomCalls::fail_pending(core::CallRecord record, std::string reason) {
    record.status = core::CallStatus::failed;
    record.status_reason = std::move(reason);
    record.ended_at = parts_.loop.wall_now();
    const CallId id = record.id;
    const std::string why = record.status_reason;
    const auto saved = co_await parts_.calls.save(std::move(record));
    if (saved) {
        STUDIO_LOG(info, "call_failed", {"call_id", id}, {"reason", why});
    }
    co_return saved.has_value();
}

ServiceTask<core::CallRecord> RoomCalls::end(TenantId tenant, CallId id) {
    auto record = co_await parts_.calls.load(tenant, id);
    if (record && record->status == core::CallStatus::pending) {
        const bool cancelled = co_await fail_pending(*record, "cancelled");
        record = co_await parts_.calls.load(std::move(tenant), std::move(id));
        if (cancelled && record) {
            // The caller may wait in it. The job stays: whoever takes it finds the call over.
            scope_.spawn(close_room(record->room_name));
            co_return std::move(*record);
        }
    }
    if (!record) {
        co_return fail(from_store(record.error(), "call"));
    }
    if (core::is_final(record->status)) {
        co_return fail(call_is_over(*record));
    }
    const auto closed = co_await parts_.rooms.delete_room(record->room_name);
    if (!closed) {
        co_return fail(ServiceError{
            ServiceErrorCode::unavailable, "the media server does not answer; try again", {}});
    }
    scope_.spawn(close_until_over(*record));
    co_return std::move(*record);
}

milliseconds RoomCalls::jittered(milliseconds pause) const {
    const auto base = static_cast<std::uint64_t>(pause.count());
    return milliseconds(
        static_cast<std::int64_t>(base * 3 / 4 + parts_.entropy.u64() % (base / 2 + 1)));
}

Task<void> RoomCalls::sweep_again_and_again() {
    milliseconds pause = options_.sweep_interval;
    while (co_await runtime::sleep_for(parts_.loop, jittered(pause), scope_.token())) {
        const bool swept = co_await sweep();
        pause = swept ? options_.sweep_interval : options_.outage_pause;
    }
}

/// False where the database is away.
Task<bool> RoomCalls::sweep() {
    const WallTime now = parts_.loop.wall_now();
    auto waiting = co_await parts_.recovery.list_pending(now - options_.sweep_age_min,
                                                         options_.sweep_count_max);
    if (!waiting) {
        co_return false;
    }
    // Who was answered is let in whatever waits by now; the calls at once stay limited.
    const AdmissionLimits limits{options_.limits.tenant_calls_max, options_.limits.agent_calls_max,
                                 0, milliseconds{0}};
    for (core::CallRecord& record : *waiting) {
        if (scope_.token().is_cancelled()) {
            break;
        }
        if (now - record.created_at > options_.waiting_time_max) {
            count_refusal("no_worker");
            const std::string room_name = record.room_name;
            if (co_await fail_pending(std::move(record), "no_worker")) {
                co_await close_room(room_name);
            }
            continue;
        }
        const auto pushed = co_await parts_.queue.push(make_job(record), limits);
        if (pushed && *pushed) {
            swept_calls().add();
            STUDIO_LOG(info, "call_swept_into_queue", {"call_id", record.id});
        }
        if (!pushed && pushed.error() == QueueError::unavailable) {
            break;
        }
    }
    co_return true;
}

Task<void> RoomCalls::close() {
    accepting_ = false;
    co_await scope_.close();
}

}  // namespace studio::services
