#include "services/hosting/host/internal/room_host.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "base/log.hpp"

namespace studio::services {
namespace {

constexpr milliseconds look_again{20};
/// How long a lease that may have ended is given to be renewed: two renewals.
constexpr milliseconds renewal_timeout{1'000};
/// For the last snapshot of a call that is handed over.
constexpr milliseconds keep_timeout{1'000};
/// Entries that a snapshot carries at most; more wait for the store alone.
constexpr std::size_t unwritten_max = 200;

JoinError to_join_error(RoomError error) {
    switch (error) {
        case RoomError::unavailable:
        case RoomError::full:
            return JoinError::unavailable;
        case RoomError::no_room:
            return JoinError::no_room;
        case RoomError::unauthorized:
        case RoomError::malformed:
            break;
    }
    return JoinError::failed;
}

}  // namespace

Task<Result<bool, JoinError>> RoomHost::join(RoomOrder order, CallProviders providers) {
    STUDIO_CHECK(context_.parts.rooms != nullptr, "calls in rooms need rooms");
    const CallId id = order.record.id;
    HeldCall* held = &context_.calls.of(id);
    if (order.snapshot && order.snapshot->call.phase >= core::Call::Phase::saying) {
        write_end(*held, std::move(order));
        co_return true;
    }
    // Whoever joins throws out who is there: only the holder may.
    if (!co_await is_ours(id)) {
        context_.calls.erase(id);
        co_return fail(JoinError::draining);
    }
    order.join.may_return = [lease = order.lease, &loop = context_.parts.loop] {
        return lease == nullptr || lease->is_certain(loop.now());
    };
    auto media = co_await context_.parts.rooms->join(order.join);
    if (!media) {
        STUDIO_LOG(warning, "room_not_joined", {"call_id", id},
                   {"error", static_cast<int>(media.error())});
        held = context_.calls.find(id);
        const bool was_ours = held != nullptr && !held->is_abandoned;
        context_.calls.erase(id);
        co_return fail(was_ours ? to_join_error(media.error()) : JoinError::draining);
    }
    // And only the holder says a word: this process may have stood still meanwhile.
    if (!co_await is_ours(id)) {
        media->reset();
        context_.calls.erase(id);
        co_return fail(JoinError::draining);
    }
    held = &context_.calls.of(id);
    begin(*held, std::move(order), std::move(providers), std::move(*media));
    co_return true;
}

Task<bool> RoomHost::is_ours(CallId id) {
    const Instant give_up_at = context_.parts.loop.now() + renewal_timeout;
    while (true) {
        const HeldCall* held = context_.calls.find(id);
        if (held == nullptr || held->is_abandoned) {
            co_return false;
        }
        if (held->is_certain(context_.parts.loop.now())) {
            co_return true;
        }
        // A poll: the lease is renewed on another loop, whose renewals wake nobody here.
        if (context_.parts.loop.now() >= give_up_at) {
            co_return false;
        }
        const bool has_passed =
            co_await runtime::sleep_for(context_.parts.loop, look_again, context_.scope.token());
        if (!has_passed) {
            co_return false;
        }
    }
}

void RoomHost::begin(HeldCall& held, RoomOrder order, CallProviders providers,
                     std::unique_ptr<CallMedia> media) {
    const bool is_resumed = order.snapshot.has_value();
    held.is_told_active = is_resumed;
    STUDIO_LOG(info, "call_started", {"call_id", order.record.id}, {"taken_over", is_resumed});
    CallPlan plan;
    plan.tenant = {{"id", order.record.tenant_id.text()}};
    plan.record = std::move(order.record);
    plan.agents = std::move(order.agents);
    plan.workflow = std::move(order.workflow);
    plan.snapshot = std::move(order.snapshot);
    plan.refusal = order.refusal;
    plan.awaits_caller = true;
    const auto unwritten = is_resumed ? std::exchange(plan.snapshot->unwritten, {})
                                      : std::vector<core::TranscriptEntry>();
    const core::CallRecord record = held.fenced(plan.record);
    const CallId id = plan.record.id;
    const core::CallStatus stored = plan.record.status;
    const bool is_called = plan.record.type == core::CallType::sip &&
                           plan.record.direction == core::CallDirection::outbound;
    context_.phone.attach(held, plan.record);
    context_.sessions.make(held, std::move(plan), std::move(providers), std::move(media));
    // After what may go wrong, and before the session writes anything.
    for (const core::TranscriptEntry& entry : unwritten) {
        held.writer.append(record, entry);
    }
    held.session->start();
    if (held.end_reason) {
        held.session->close(*held.end_reason);
    } else if (is_called && !is_resumed) {
        context_.phone.dial(held, id, stored);
    }
}

/// The call was ending when its worker died: nobody is left to talk to.
void RoomHost::write_end(HeldCall& held, RoomOrder order) {
    const SessionSnapshot& snapshot = *order.snapshot;
    core::CallRecord record = held.fenced(std::move(order.record));
    record.started_at = snapshot.report.started_at;
    core::merge_errors(record.errors, snapshot.report.errors);
    core::merge_usage(record.usage, snapshot.report.usage);
    record.agent_heard = snapshot.report.agent_heard;
    core::end_record(record, snapshot.call.ending,
                     snapshot.report.ended_at.value_or(snapshot.saved_at));
    record.metrics.turns = snapshot.report.turn;
    record.metrics.interruptions = snapshot.report.interruptions;
    record.metrics.early_answers_kept = snapshot.report.early_answers_kept;
    record.metrics.early_answers_dropped = snapshot.report.early_answers_dropped;
    record.metrics.agent_handoffs = snapshot.report.agent_handoffs;
    if (record.agent_history.size() < snapshot.report.agent_history.size()) {
        record.agent_history = snapshot.report.agent_history;
    }
    record.metrics.total_tokens = snapshot.dialog.tokens;
    record.metrics.packets_lost = snapshot.report.packets_lost;
    record.metrics.frames_late = snapshot.report.frames_late;
    for (const core::TranscriptEntry& entry : snapshot.unwritten) {
        held.writer.append(record, entry);
    }
    held.writer.save(record);
    // Where it is still there.
    context_.phone.attach(held, record);
    context_.phone.hang_up(held, {});
    context_.observer.on_call_ended(record);
}

Task<bool> RoomHost::hand_over(CallId id, milliseconds patience) {
    const Instant deadline = context_.parts.loop.now() + patience;
    while (true) {
        const HeldCall* held = context_.calls.find(id);
        const bool is_here = held != nullptr && held->session && held->keeper &&
                             !held->is_abandoned && !held->is_going &&
                             held->session->record().status <= core::CallStatus::active;
        if (!is_here) {
            co_return false;
        }
        // Where the caller is still awaited there is no turn to wait for.
        if (held->session->record().status < core::CallStatus::active ||
            held->session->is_between_turns() || context_.parts.loop.now() >= deadline) {
            break;
        }
        // A poll: whether there is a turn is the state of all machines of the call, which may
        // change with every frame. To ask as often as frames come, in a hand-over alone, is less
        // than to compare after each frame of every call.
        if (!co_await runtime::sleep_for(context_.parts.loop, look_again, context_.scope.token())) {
            co_return false;
        }
    }
    HeldCall* held = context_.calls.find(id);
    held->session->freeze();
    held->is_handing_over = true;
    const auto kept = std::make_shared<std::optional<bool>>();
    held->keeper->save([this, kept](bool saved) {
        *kept = saved;
        kept_.wake_all();
    });
    const Instant give_up_at = context_.parts.loop.now() + keep_timeout;
    const runtime::CancellationToken token = context_.scope.token();
    // After the cancellation the host may be gone.
    while (!token.is_cancelled() && !*kept && context_.parts.loop.now() < give_up_at) {
        [[maybe_unused]] const bool woken = co_await kept_.wait_until(give_up_at);
    }
    if (token.is_cancelled()) {
        co_return false;
    }
    if (!kept->value_or(false)) {
        thaw(id);
        co_return false;
    }
    held = context_.calls.find(id);
    co_return held != nullptr && !held->is_abandoned;
}

void RoomHost::thaw(const CallId& id) {
    HeldCall* held = context_.calls.find(id);
    if (held != nullptr && held->session && !held->is_abandoned && !held->is_going) {
        held->is_handing_over = false;
        held->session->thaw();
    }
}

std::string RoomHost::take_snapshot(const CallId& id) {
    const HeldCall& held = context_.calls.of(id);
    STUDIO_CHECK(held.session != nullptr, "a call that is kept has a session");
    SessionSnapshot snapshot = held.session->save();
    snapshot.handed_over = held.is_handing_over;
    snapshot.unwritten = held.writer.unwritten();
    if (snapshot.unwritten.size() > unwritten_max) {
        const auto extra = snapshot.unwritten.size() - unwritten_max;
        snapshot.unwritten.erase(snapshot.unwritten.begin(),
                                 snapshot.unwritten.begin() + static_cast<std::ptrdiff_t>(extra));
    }
    std::string text = serialize_snapshot(snapshot);
    if (text.size() > SessionSnapshot::bytes_max) {
        snapshot.unwritten.clear();
        text = serialize_snapshot(snapshot);
    }
    return text;
}

}  // namespace studio::services
