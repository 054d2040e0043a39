#include "services/rooms/room_desk.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "core/call/phone_context.hpp"
#include "core/call/phone_number.hpp"
#include "ports/room_names.hpp"
#include "services/platform/call_ending.hpp"

namespace studio::services {

namespace {

core::EndReason trouble_of(QueueError error) {
    switch (error) {
        case QueueError::tenant_limit:
        case QueueError::agent_limit:
        case QueueError::worker_limit:
        case QueueError::overloaded:
            return core::EndReason::limit_reached;
        default:
            return core::EndReason::queue_unavailable;
    }
}

}  // namespace

RoomDesk::RoomDesk(RoomDeskOptions options, Parts parts)
    : options_(std::move(options)), parts_(parts), scope_(parts.loop) {}

WorkerLoad RoomDesk::load() const {
    const std::size_t active = parts_.holder.count() + reserved_.size() + coming_.size();
    return {static_cast<std::uint32_t>(active), options_.calls_max, parts_.holder.has_room()};
}

std::optional<std::string> RoomDesk::try_reserve(const RoomJob& offer) {
    const WorkerLoad now = load();
    if (!now.is_accepting || now.active >= now.max) {
        return std::nullopt;
    }
    const std::string agent = read_room_request(offer, options_.default_agent).agent_name;
    const bool is_served =
        options_.agents.empty() ||
        std::find(options_.agents.begin(), options_.agents.end(), agent) != options_.agents.end();
    if (agent.empty() || !is_served) {
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
    taken_.insert_or_assign(job.job_id, id);
    coming_.insert(id);
    scope_.spawn(take(std::move(job), id));
}

Task<core::CallRecord> RoomDesk::make_record(RoomJob job, CallId id, bool& is_phone) {
    RoomRequest request = read_room_request(job, options_.default_agent);
    core::CallRecord record;
    record.id = std::move(id);
    record.tenant_id = options_.tenant;
    record.agent_name = std::move(request.agent_name);
    record.user_id = std::move(request.user_id);
    record.user_context = std::move(request.user_context);
    record.metadata = std::move(request.metadata);
    record.direction = core::CallDirection::inbound;
    record.room_name = job.room_name;
    record.created_at = parts_.loop.wall_now();
    // Without an answer the call goes on without the caller's number: somebody is waiting.
    const auto people = co_await parts_.people.list(job.room_name);
    bool has_others = false;
    for (std::size_t index = 0; people && index < people->size(); ++index) {
        const RoomParticipant& person = (*people)[index];
        if (person.kind == ParticipantKind::standard) {
            has_others = true;
        }
        if (person.kind != ParticipantKind::phone || record.type == core::CallType::sip) {
            continue;
        }
        record.type = core::CallType::sip;
        const auto& attributes = person.attributes.reveal();
        const auto number = attributes.find("sip.phoneNumber");
        if (number != attributes.end() && core::parse_phone_number(number->second)) {
            record.phone_number = Pii<std::string>(number->second);
        }
        JsonObject& context = record.user_context.get_object();
        if (!context.contains("call")) {
            context["call"] = core::phone_context(attributes);
        }
    }
    is_phone = record.type == core::CallType::sip && !has_others;
    co_return record;
}

Task<void> RoomDesk::take(RoomJob job, CallId id) {
    bool is_phone = false;
    core::CallRecord record = co_await make_record(job, id, is_phone);
    std::optional<core::EndReason> trouble;
    const auto created = co_await parts_.calls.create(record);
    if (!created) {
        trouble = core::EndReason::store_unavailable;
    } else {
        core::Job order;
        order.call_id = id;
        order.tenant_id = record.tenant_id;
        order.agent_name = record.agent_name;
        order.room_name = record.room_name;
        order.queued_at = record.created_at;
        RoomJoin join;
        join.room_name = job.room_name;
        join.identity = agent_identity_of(id);
        join.token = job.token;
        join.caller_identity = job.caller_identity;
        join.phone_only = is_phone;
        const auto held = co_await parts_.holder.hold(std::move(order), std::move(join));
        if (!held) {
            trouble = trouble_of(held.error());
            static_cast<void>(co_await save_ended(parts_.calls, std::move(record), *trouble,
                                                  parts_.loop.wall_now()));
        }
    }
    coming_.erase(id);
    if (!trouble) {
        STUDIO_LOG(info, "room_job_taken", {"call_id", id}, {"job_id", job.job_id});
        parts_.source.report_running(job.job_id);
        parts_.source.load_changed();
    } else {
        const std::string reason(core::name_of(*trouble));
        STUDIO_LOG(warning, "room_job_failed", {"call_id", id}, {"reason", reason});
        on_call_ended(id, reason);
    }
}

void RoomDesk::terminate(const std::string& job_id) {
    const auto taken = taken_.find(job_id);
    if (taken != taken_.end()) {
        scope_.spawn(end(taken->second));
    }
}

Task<void> RoomDesk::end(CallId id) {
    const bool has_passed =
        co_await runtime::sleep_for(parts_.loop, options_.dismissal_grace, scope_.token());
    if (has_passed) {
        static_cast<void>(
            co_await parts_.holder.end(std::move(id), core::EndReason::agent_dismissed));
    }
}

void RoomDesk::on_call_ended(const CallId& id, const std::string& trouble) {
    const auto taken = std::find_if(taken_.begin(), taken_.end(),
                                    [&id](const auto& entry) { return entry.second == id; });
    if (taken != taken_.end()) {
        parts_.source.report_finished(taken->first, trouble);
        taken_.erase(taken);
    }
    parts_.source.load_changed();
}

Task<void> RoomDesk::close() {
    co_await scope_.close();
}

}  // namespace studio::services
