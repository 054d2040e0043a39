#include "services/hosting/rooms/room_desk.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/metric.hpp"
#include "core/call/phone_context.hpp"
#include "core/call/phone_number.hpp"
#include "ports/room_names.hpp"
#include "services/calls/end/call_ending.hpp"

namespace studio::services {

namespace {

/// Of a call that names no agent and has no default: rows and jobs need some name.
constexpr const char* no_agent_name = "unknown";
/// Longer than a sentence takes, its caller being awaited included.
constexpr seconds refused_kept{90};

core::Job make_job(const core::CallRecord& record) {
    return {record.id, record.tenant_id, record.agent_name, record.room_name, 1, record.created_at};
}

/// Also from the start, so that a rate has something to be compared with.
void count(const char* what) {
    metrics()
        .counter("studio_rooms_of_others_total",
                 "Rooms of others that wanted an agent, by what became of them.",
                 "outcome=\"" + std::string(what) + '"')
        .add();
}

void log_problems(const RoomRequest& request, const RoomJob& job, const CallId& id) {
    for (const std::string& problem : request.problems) {
        STUDIO_LOG(warning, "room_job_incomplete", {"call_id", id}, {"job_id", job.job_id},
                   {"problem", problem}, {"metadata_bytes", job.metadata.size()});
    }
}

}  // namespace

RoomDesk::RoomDesk(RoomDeskOptions options, Parts parts)
    : options_(std::move(options)), parts_(parts), scope_(parts.loop) {}

WorkerLoad RoomDesk::load() const {
    const std::size_t active = parts_.holder.count() + reserved_.size() + coming_.size();
    // Whoever can neither be held nor wait is told so, as many at once as may be.
    const bool may_come = refused_.size() < options_.refusals_max;
    return {static_cast<std::uint32_t>(active), options_.calls_max,
            may_come || parts_.holder.has_room(), may_come};
}

bool RoomDesk::serves(const std::string& agent) const {
    return options_.agents.empty() ||
           std::ranges::find(options_.agents, agent) != options_.agents.end();
}

bool RoomDesk::has_place() const {
    return parts_.holder.has_room() && load().active < options_.calls_max;
}

std::optional<std::string> RoomDesk::try_reserve(const RoomJob& offer) {
    // Whoever is not held here waits, or is told why not: to say no is to leave them in silence,
    // since the server does not ask a second time.
    std::erase_if(refused_, [now = parts_.loop.now()](const auto& entry) {
        return now >= entry.second.forgotten_at;
    });
    if (scope_.token().is_cancelled() || (!load().is_queueing && !has_place())) {
        count("declined");
        return std::nullopt;
    }
    const CallId id(parts_.entropy.uuid());
    reserved_.insert_or_assign(offer.job_id, id);
    return agent_identity_of(id);
}

void RoomDesk::release(const std::string& job_id) {
    reserved_.erase(job_id);
}

void RoomDesk::assign(RoomJob job) {
    const auto reserved = reserved_.find(job.job_id);
    if (reserved == reserved_.end()) {
        parts_.source.report_finished(job.job_id, "not_reserved");
        return;
    }
    const CallId id = reserved->second;
    reserved_.erase(reserved);
    remember(job.job_id, id);
    coming_.insert(id);
    scope_.spawn(take(std::move(job), id));
}

void RoomDesk::remember(const std::string& job_id, const CallId& id) {
    if (taken_.size() >= options_.jobs_max) {
        taken_.erase(taken_.begin());  // Most likely another worker's, whose end nobody told.
    }
    taken_.insert_or_assign(job_id, id);
}

void RoomDesk::note_refused(const CallId& id, core::EndReason reason) {
    refused_.insert_or_assign(id, Refused{reason, parts_.loop.now() + refused_kept});
}

Task<HoldRequest> RoomDesk::make_request(RoomJob job, CallId id) {
    RoomRequest asked = read_room_request(job, options_.default_agent);
    log_problems(asked, job, id);
    HoldRequest request;
    core::CallRecord& record = request.record;
    record.id = id;
    record.tenant_id = options_.tenant;
    record.workflow_slug = std::move(asked.workflow_slug);
    // Whoever loads the workflow knows its first agent; until then it stands under its own name.
    record.agent_name =
        record.workflow_slug.empty() ? std::move(asked.agent_name) : record.workflow_slug;
    if (record.agent_name.empty()) {
        record.agent_name = no_agent_name;
        request.refusal = core::EndReason::no_agent;
    }
    record.user_id = std::move(asked.user_id);
    record.user_context = std::move(asked.user_context);
    record.metadata = std::move(asked.metadata);
    record.direction = core::CallDirection::inbound;
    record.room_name = job.room_name;
    record.created_at = parts_.loop.wall_now();
    request.join.room_name = job.room_name;
    request.join.identity = agent_identity_of(id);
    request.join.token = job.token;
    request.join.caller_identity = job.caller_identity;
    // Without an answer the call goes on without the caller's number: somebody is waiting.
    const auto people = co_await parts_.people.list(job.room_name);
    bool has_others = false;
    for (std::size_t index = 0; people && index < people->size(); ++index) {
        const RoomParticipant& person = (*people)[index];
        has_others = has_others || person.kind == ParticipantKind::standard;
        if (person.kind != ParticipantKind::phone || record.type == core::CallType::sip) {
            continue;
        }
        record.type = core::CallType::sip;
        const core::PhoneContext& phone = person.phone.reveal();
        if (phone.phone_number && core::parse_phone_number(*phone.phone_number)) {
            record.phone_number = Pii<std::string>(*phone.phone_number);
        }
        JsonObject& context = record.user_context.get_object();
        if (!context.contains("call")) {
            context["call"] = core::phone_context_json(phone);
        }
    }
    request.join.phone_only = record.type == core::CallType::sip && !has_others;
    co_return request;
}

Task<void> RoomDesk::take(RoomJob job, CallId id) {
    HoldRequest request = co_await make_request(job, id);
    const Outcome outcome = co_await place(std::move(request));
    coming_.erase(id);
    if (outcome.is_taken) {
        parts_.source.report_running(job.job_id);
        parts_.source.load_changed();
    } else {
        on_call_ended(id, outcome.trouble ? std::string(core::name_of(*outcome.trouble)) : "");
    }
}

Task<RoomDesk::Outcome> RoomDesk::place(HoldRequest request) {
    const CallId id = request.record.id;
    if (request.refusal) {
        co_return co_await refuse(request, *request.refusal);
    }
    auto held = Result<bool, HoldError>(fail(HoldError::no_place));
    // Its own place is counted as coming.
    if (serves(request.record.agent_name) && parts_.holder.has_room() &&
        load().active <= options_.calls_max) {
        // Whoever waits already goes first: rooms that come one after the other would leave no
        // place for them.
        const auto depth = co_await parts_.queue.depth();
        const bool others_wait = depth && depth->waiting > 0;
        if (!others_wait) {
            held = co_await hold(request);
        }
    }
    if (held) {
        STUDIO_LOG(info, "room_job_taken", {"call_id", id});
        count("held");
        co_return Outcome{true, {}};
    }
    switch (held.error()) {
        case HoldError::no_place:
            co_return co_await enqueue(std::move(request));
        case HoldError::limit_reached:
            co_return co_await refuse(std::move(request), core::EndReason::limit_reached);
        case HoldError::room_taken:
        case HoldError::taken_elsewhere:
            // One agent a room: the other is at work.
            STUDIO_LOG(info, "room_has_an_agent", {"call_id", id});
            count("room_taken");
            co_return Outcome{};
        case HoldError::queue_unavailable:
            co_return co_await fail_unheld(std::move(request.record),
                                           core::EndReason::queue_unavailable);
        case HoldError::store_unavailable:
            break;
    }
    co_return co_await fail_unheld(std::move(request.record), core::EndReason::store_unavailable);
}

/// Where queue or store are away, or the room's former agent is just leaving, it is tried again.
Task<Result<bool, HoldError>> RoomDesk::hold(HoldRequest request) {
    const Instant began_at = parts_.loop.now();
    while (true) {
        auto held = co_await parts_.holder.hold(request);
        const milliseconds passed = duration_cast<milliseconds>(parts_.loop.now() - began_at);
        const bool may_come =
            !held && ((held.error() == HoldError::room_taken && passed < options_.room_timeout) ||
                      ((held.error() == HoldError::queue_unavailable ||
                        held.error() == HoldError::store_unavailable) &&
                       passed < options_.retry_timeout));
        if (!may_come) {
            co_return held;
        }
        const bool has_passed =
            co_await runtime::sleep_for(parts_.loop, options_.retry_delay, scope_.token());
        if (!has_passed) {
            co_return held;
        }
    }
}

/// Any worker takes it as soon as one can. A token that was given for this worker is not passed on:
/// whoever takes it makes its own.
Task<RoomDesk::Outcome> RoomDesk::enqueue(HoldRequest request) {
    const auto created = co_await parts_.calls.create(request.record);
    if (!created) {
        co_return co_await fail_unheld(std::move(request.record),
                                       core::EndReason::store_unavailable);
    }
    const auto pushed = co_await parts_.queue.push(make_job(request.record), options_.queue_limits);
    // Where the queue is away a sweep pushes it: its row is pending.
    if (pushed || pushed.error() == QueueError::unavailable) {
        STUDIO_LOG(info, "room_job_waits", {"call_id", request.record.id});
        count("queued");
        scope_.spawn(wait_for_worker(std::move(request)));
        co_return Outcome{true, {}};
    }
    if (pushed.error() == QueueError::room_taken) {
        co_return co_await fail_unheld(std::move(request.record), core::EndReason::room_taken);
    }
    if (pushed.error() == QueueError::overloaded) {
        co_return co_await refuse(std::move(request), core::EndReason::overloaded);
    }
    co_return co_await refuse(std::move(request), core::EndReason::limit_reached);
}

Task<void> RoomDesk::wait_for_worker(HoldRequest request) {
    if (!co_await runtime::sleep_for(parts_.loop, options_.patience, scope_.token())) {
        co_return;
    }
    const bool is_wanted = std::ranges::any_of(
        taken_, [&request](const auto& entry) { return entry.second == request.record.id; });
    if (!is_wanted) {
        co_return;  // It is over.
    }
    request.refusal = core::EndReason::no_worker;
    const auto told = co_await hold(request);
    if (told) {
        STUDIO_LOG(warning, "room_job_refused", {"call_id", request.record.id},
                   {"reason", core::name_of(*request.refusal)});
        count("refused");
        note_refused(request.record.id, *request.refusal);
    }
    // taken_elsewhere: somebody has come. Else the sweep ends it.
}

/// They hear a sentence instead of silence.
Task<RoomDesk::Outcome> RoomDesk::refuse(HoldRequest request, core::EndReason reason) {
    STUDIO_LOG(warning, "room_job_refused", {"call_id", request.record.id},
               {"reason", core::name_of(reason)});
    count("refused");
    request.refusal = reason;
    const auto told = co_await hold(request);
    if (told) {
        note_refused(request.record.id, reason);
        co_return Outcome{true, {}};
    }
    if (told.error() == HoldError::room_taken || told.error() == HoldError::taken_elsewhere) {
        count("room_taken");
        co_return Outcome{};
    }
    co_return co_await fail_unheld(std::move(request.record), reason);
}

Task<RoomDesk::Outcome> RoomDesk::fail_unheld(core::CallRecord record, core::EndReason reason) {
    STUDIO_LOG(warning, "room_job_failed", {"call_id", record.id},
               {"reason", core::name_of(reason)});
    count("failed");
    const auto created = co_await parts_.calls.create(record);
    if (created || created.error() == StoreError::conflict) {
        static_cast<void>(
            co_await save_ended(parts_.calls, std::move(record), reason, parts_.loop.wall_now()));
    }
    co_return Outcome{false, reason};
}

void RoomDesk::terminate(const std::string& job_id) {
    const auto taken = taken_.find(job_id);
    if (taken != taken_.end()) {
        scope_.spawn(end(taken->second));
    }
}

Task<void> RoomDesk::end(CallId id) {
    if (!co_await runtime::sleep_for(parts_.loop, options_.dismissal_grace, scope_.token())) {
        co_return;
    }
    if (co_await parts_.holder.end(id, core::EndReason::agent_dismissed)) {
        co_return;
    }
    // It waits, or another worker has it, which the queue tells.
    const auto met = co_await parts_.queue.cancel(id);
    if (met && *met == Cancellation::removed) {
        auto record = co_await parts_.calls.load(options_.tenant, id);
        if (record && !core::is_final(record->status)) {
            static_cast<void>(
                co_await fail_unheld(std::move(*record), core::EndReason::agent_dismissed));
        }
        on_call_ended(id, "");
    }
}

void RoomDesk::on_call_ended(const CallId& id, const std::string& trouble) {
    const auto refused = refused_.find(id);
    const std::string reason =
        refused == refused_.end() ? trouble : std::string(core::name_of(refused->second.reason));
    if (refused != refused_.end()) {
        refused_.erase(refused);
    }
    const auto taken =
        std::ranges::find_if(taken_, [&id](const auto& entry) { return entry.second == id; });
    if (taken != taken_.end()) {
        parts_.source.report_finished(taken->first, reason);
        taken_.erase(taken);
    }
    parts_.source.load_changed();
}

Task<void> RoomDesk::close() {
    co_await scope_.close();
}

}  // namespace studio::services
