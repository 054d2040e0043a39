#include "services/hosting/worker/internal/order_loader.hpp"

#include <utility>

#include "base/log.hpp"
#include "ports/room_names.hpp"
#include "services/hosting/phone/phone_dialer.hpp"
#include "services/resources/agent_loader.hpp"

namespace studio::services {

Task<OrderLoader::Next> OrderLoader::load(LeaseKey key, RoomOrder* order) {
    while (const HeldLease* held = context_.held.find(key)) {
        if (!held->awaits_end) {
            break;
        }
        [[maybe_unused]] const bool woken =
            co_await context_.held.wait_for_change(context_.now() + context_.options.take_wait);
        if (context_.is_closing()) {
            co_return Next::gone;
        }
    }
    for (const auto step :
         {&OrderLoader::load_record, &OrderLoader::load_snapshot, &OrderLoader::load_plan}) {
        const Next next = co_await (this->*step)(key, order);
        if (context_.held.find(key) == nullptr || context_.is_closing()) {
            co_return Next::gone;
        }
        if (next != Next::join) {
            co_return next;
        }
    }
    const HeldLease* held = context_.held.find(key);
    order->lease = held->life;
    order->join = held->join.value_or(RoomJoin{});
    order->join.room_name = held->lease.job.room_name;
    order->join.call_id = key.call_id;
    if (order->join.identity.empty()) {
        order->join.identity = agent_identity_of(key.call_id);
    }
    if (order->join.display_name.empty()) {
        order->join.display_name = order->record.agent_name;
    }
    if (order->record.type == core::CallType::sip &&
        order->record.direction == core::CallDirection::outbound) {
        // Nobody else in the room is taken for who was called.
        order->join.caller_identity = phone_identity_of(key.call_id);
    } else if (order->join.room_name == own_room_of(key.call_id)) {
        // Nor for who has the call's token.
        order->join.caller_identity = caller_identity_of(key.call_id);
    }
    order->join.may_lack_caller = order->snapshot.has_value() || order->refusal.has_value();
    order->join.phone_only = order->join.phone_only || order->record.type == core::CallType::sip;
    co_return Next::join;
}

/// The row gets our token here, so that the database refuses an earlier holder from now on.
Task<OrderLoader::Next> OrderLoader::load_record(LeaseKey key, RoomOrder* order) {
    const Instant give_up_at = context_.now() + context_.options.load_timeout;
    while (const HeldLease* held = context_.held.find(key)) {
        auto record = co_await context_.parts.calls.claim(held->lease.job.tenant_id, key.call_id,
                                                          key.fencing_token);
        if (record) {
            order->record = std::move(*record);
            const bool is_over = core::is_final(order->record.status);
            order->record.fencing_token = key.fencing_token;
            co_return is_over ? Next::over : Next::join;
        }
        if (record.error() == StoreError::stale) {
            co_return Next::gone;
        }
        if (!is_transient(record.error())) {
            STUDIO_LOG(error, "job_without_call", {"call_id", key.call_id});
            co_return Next::over;
        }
        if (context_.now() >= give_up_at || context_.is_draining) {
            co_return Next::give_back;
        }
        if (!co_await context_.pause(context_.options.retry_delay)) {
            break;
        }
    }
    co_return Next::gone;
}

/// Where the journal does not have the call, the transcript tells what was said.
Task<OrderLoader::Next> OrderLoader::load_snapshot(LeaseKey key, RoomOrder* order) {
    const Instant give_up_at = context_.now() + context_.options.journal_timeout;
    while (true) {
        const auto text = co_await context_.parts.journal.load(key);
        if (text && *text) {
            auto snapshot = parse_snapshot(**text);
            if (snapshot && snapshot->call_id == key.call_id) {
                // Of a call that was not active yet there is nothing to carry on.
                if (snapshot->call.phase >= core::Call::Phase::active) {
                    order->snapshot = std::move(*snapshot);
                }
            } else {
                STUDIO_LOG(
                    error, "snapshot_unreadable", {"call_id", key.call_id},
                    {"why", snapshot ? std::string("it is another call's") : snapshot.error()});
            }
        }
        if (text || text.error() == JournalError::corrupt) {
            break;
        }
        if (text.error() == JournalError::stale) {
            co_return Next::gone;
        }
        if (context_.now() >= give_up_at) {
            break;
        }
        if (!co_await context_.pause(context_.options.retry_delay)) {
            co_return Next::gone;
        }
    }
    const core::CallRecord& record = order->record;
    if (!order->snapshot && record.status != core::CallStatus::active) {
        co_return Next::join;  // Nothing was said yet.
    }
    const auto entries = co_await context_.parts.calls.load_transcript(record.tenant_id, record.id);
    const std::vector<core::TranscriptEntry> known =
        entries ? *entries : std::vector<core::TranscriptEntry>{};
    if (order->snapshot) {
        add_entries(*order->snapshot, known);
    } else {
        // The plan's limit is not known yet; an hour is the longest that is usual.
        order->snapshot =
            make_snapshot(record, known, std::chrono::hours(1), context_.parts.loop.wall_now());
    }
    co_return Next::join;
}

Task<OrderLoader::Next> OrderLoader::load_plan(LeaseKey key, RoomOrder* order) {
    const Instant give_up_at = context_.now() + context_.options.load_timeout;
    while (const HeldLease* held = context_.held.find(key)) {
        if (held->refusal) {
            refuse(*order, *held->refusal);
            co_return Next::join;
        }
        auto agents = co_await load_agents(context_.parts.resources, order->record);
        if (agents) {
            if (agents->workflow && order->record.workflow_id.empty()) {
                // A telephone that rang for a workflow: whoever answered it knew no more.
                name_target(order->record, order->record.workflow_slug, *agents);
            }
            order->agents = std::move(agents->agents);
            order->workflow = std::move(agents->workflow);
            co_return Next::join;
        }
        if (agents.error().code != ServiceErrorCode::unavailable) {
            STUDIO_LOG(error, "call_not_started", {"call_id", key.call_id},
                       {"why", agents.error().message});
            // Whoever waits in a room hears why nobody comes; nobody's phone is called for that.
            const bool is_called = order->record.type == core::CallType::sip &&
                                   order->record.direction == core::CallDirection::outbound;
            if (!order->snapshot && !is_called) {
                refuse(*order, core::EndReason::agent_not_valid);
                co_return Next::join;
            }
            [[maybe_unused]] const bool failed =
                co_await ending_.fail_call(order->record.tenant_id, key.call_id, key.fencing_token,
                                           core::EndReason::agent_not_valid);
            co_return Next::over;
        }
        if (context_.now() >= give_up_at || context_.is_draining) {
            co_return Next::give_back;
        }
        if (!co_await context_.pause(context_.options.retry_delay)) {
            break;
        }
    }
    co_return Next::gone;
}

/// By voices that every process has; the agent's own may be what is wrong.
void OrderLoader::refuse(RoomOrder& order, core::EndReason reason) const {
    order.refusal = reason;
    core::AgentPlan agent{order.record.agent_name, {}, {}};
    agent.config.session.farewell = context_.options.refusal_notice;
    order.agents = {std::move(agent)};
    order.workflow.reset();
    order.snapshot.reset();
}

}  // namespace studio::services
