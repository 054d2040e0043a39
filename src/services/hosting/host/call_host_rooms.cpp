#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "base/log.hpp"
#include "services/hosting/host/internal/held_call.hpp"

namespace studio::services {
namespace {

constexpr milliseconds look_again{20};
/// How long a lease that may have ended is given to be renewed: two renewals.
constexpr milliseconds renewal_timeout{1'000};
/// For the last snapshot of a call that is handed over.
constexpr milliseconds keep_timeout{1'000};
/// Entries that a snapshot carries at most; more wait for the store alone.
constexpr std::size_t unwritten_max = 200;
/// The journal's name for calling the phone.
constexpr const char* dial_effect = "dial";

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

Task<Result<bool, JoinError>> CallHost::join(RoomOrder order) {
    STUDIO_CHECK(parts_.rooms != nullptr, "calls in rooms need rooms");
    const CallId id = order.record.id;
    if (find(id) != nullptr || scope_.token().is_cancelled()) {
        co_return fail(JoinError::draining);
    }
    const auto providers = choose(order.agents);
    if (!providers) {
        STUDIO_LOG(error, "call_not_started", {"call_id", id}, {"why", providers.error()});
        co_return fail(JoinError::failed);
    }
    Held* held = &add(id, &order);
    if (order.snapshot && order.snapshot->call.phase >= core::Call::Phase::saying) {
        write_end(*held, std::move(order));
        co_return true;
    }
    // Whoever joins throws out who is there: only the holder may.
    if (!co_await is_ours(id)) {
        calls_.erase(id);
        co_return fail(JoinError::draining);
    }
    order.join.may_return = [lease = order.lease, &loop = parts_.loop] {
        return lease == nullptr || lease->is_certain(loop.now());
    };
    auto media = co_await parts_.rooms->join(order.join);
    if (!media) {
        STUDIO_LOG(warning, "room_not_joined", {"call_id", id},
                   {"error", static_cast<int>(media.error())});
        held = find(id);
        const bool was_ours = held != nullptr && !held->is_abandoned;
        calls_.erase(id);
        co_return fail(was_ours ? to_join_error(media.error()) : JoinError::draining);
    }
    // And only the holder says a word: this process may have stood still meanwhile.
    if (!co_await is_ours(id)) {
        media->reset();
        calls_.erase(id);
        co_return fail(JoinError::draining);
    }
    held = &held_of(id);
    begin_room(*held, std::move(order), *providers, std::move(*media));
    co_return true;
}

Task<bool> CallHost::is_ours(CallId id) {
    const Instant give_up_at = parts_.loop.now() + renewal_timeout;
    while (true) {
        const Held* held = find(id);
        if (held == nullptr || held->is_abandoned) {
            co_return false;
        }
        if (held->is_certain(parts_.loop.now())) {
            co_return true;
        }
        const bool waits = parts_.loop.now() < give_up_at;
        if (!waits || !co_await runtime::sleep_for(parts_.loop, look_again, scope_.token())) {
            co_return false;
        }
    }
}

void CallHost::begin_room(Held& held, RoomOrder order, CallProviders providers,
                          std::unique_ptr<CallMedia> media) {
    const bool is_resumed = order.snapshot.has_value();
    STUDIO_LOG(info, "call_started", {"call_id", order.record.id}, {"taken_over", is_resumed});
    CallPlan plan;
    plan.tenant = {{"id", order.record.tenant_id.text()}};
    plan.record = std::move(order.record);
    plan.agents = std::move(order.agents);
    plan.snapshot = std::move(order.snapshot);
    plan.refusal = order.refusal;
    plan.awaits_caller = true;
    if (is_resumed) {
        for (const core::TranscriptEntry& entry : plan.snapshot->unwritten) {
            held.writer.append(held.fenced(plan.record), entry);
        }
        plan.snapshot->unwritten.clear();
    }
    const CallId id = plan.record.id;
    const core::CallStatus stored = plan.record.status;
    const bool is_called = plan.record.type == core::CallType::sip &&
                           plan.record.direction == core::CallDirection::outbound;
    if (plan.record.type == core::CallType::sip && parts_.phones != nullptr) {
        held.phone = std::make_shared<PhoneLeg>(
            PhoneLeg::Parts{*parts_.phones, parts_.loop, scope_}, plan.record);
    }
    make_session(held, std::move(plan), providers, std::move(media));
    held.session->start();
    if (held.end_reason) {
        end(held.session->record().id, *held.end_reason);
    } else if (is_called && !is_resumed) {
        begin_dialing(held, id, stored);
    }
}

/// Nobody's phone rings twice: that it is about to be called is noted first, and where it was noted
/// before, or the row says so, only the phone in the room is waited for.
void CallHost::begin_dialing(Held& held, const CallId& id, core::CallStatus stored) {
    if (!held.phone) {
        held.session->phone_not_reached(core::EndReason::no_trunk);
        return;
    }
    const bool has_rung =
        stored == core::CallStatus::dialing || stored == core::CallStatus::ringing;
    const auto decide = [this, id, has_rung, stored](const EffectVerdict& verdict) {
        Held* present = find_session(id) == nullptr ? nullptr : find(id);
        if (present == nullptr) {
            return;
        }
        if (verdict.kind == EffectVerdict::Kind::refused) {
            begin_dialing(*present, id, stored);  // It has waited; we may be the holder again.
            return;
        }
        PhoneLeg::Events events;
        events.on_stage = [this, id](DialStage stage) {
            if (CallSession* session = find_session(id)) {
                session->phone_rings(stage == DialStage::ringing ? core::CallStatus::ringing
                                                                 : core::CallStatus::dialing);
            }
        };
        events.on_outcome = [this, id](const PhoneOutcome& outcome) {
            on_phone_outcome(id, outcome);
        };
        const bool is_new = !has_rung && verdict.kind == EffectVerdict::Kind::do_it;
        present->phone->dial(
            [is_new, lease = present->lease, &loop = parts_.loop] {
                return is_new && (lease == nullptr || lease->is_certain(loop.now()));
            },
            std::move(events));
    };
    if (held.keeper) {
        held.keeper->begin_effect(dial_effect, decide);
    } else {
        decide({});
    }
}

void CallHost::on_phone_outcome(const CallId& id, const PhoneOutcome& outcome) {
    CallSession* session = find_session(id);
    if (session == nullptr) {
        return;
    }
    if (Held* held = find(id); held->keeper) {
        held->keeper->finish_effect(dial_effect, outcome.answered ? "answered" : outcome.reason);
    }
    if (outcome.answered) {
        session->phone_answered();
    } else {
        session->phone_not_reached(
            core::parse_end_reason(outcome.reason).value_or(core::EndReason::trunk_failed));
    }
}

CallSession* CallHost::find_session(const CallId& id) {
    Held* held = find(id);
    const bool is_ours = held != nullptr && held->session && !held->is_abandoned &&
                         !held->is_going && !core::is_final(held->session->record().status);
    return is_ours ? held->session.get() : nullptr;
}

/// The call was ending when its worker died: nobody is left to talk to.
void CallHost::write_end(Held& held, RoomOrder order) {
    const SessionSnapshot& snapshot = *order.snapshot;
    core::CallRecord record = held.fenced(std::move(order.record));
    record.started_at = snapshot.report.started_at;
    core::merge_errors(record.errors, snapshot.report.errors);
    record.agent_heard = snapshot.report.agent_heard;
    core::end_record(record, snapshot.call.ending,
                     snapshot.report.ended_at.value_or(snapshot.saved_at));
    record.metrics.turns = snapshot.report.turn;
    record.metrics.interruptions = snapshot.report.interruptions;
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
    if (record.type == core::CallType::sip && parts_.phones != nullptr) {
        // Where it is still there.
        held.phone = std::make_shared<PhoneLeg>(
            PhoneLeg::Parts{*parts_.phones, parts_.loop, scope_}, record);
        hang_up_phone(held, {});
    }
    on_call_ended(record);
}

void CallHost::abandon(const CallId& id) {
    Held* held = find(id);
    if (held == nullptr || held->is_going || std::exchange(held->is_abandoned, true)) {
        return;
    }
    STUDIO_LOG(info, "call_abandoned", {"call_id", id});
    held->writer.drop();
    if (held->phone) {
        held->phone->detach();
    }
    if (held->keeper) {
        held->keeper->stop();
    }
    if (held->session) {
        held->session->freeze();
        // The session may be on the stack.
        parts_.loop.post([this, id] { forget(id); });
    }
}

/// In a room that may be another worker's by now nobody is thrown out before the store has taken
/// the end from us; where it is stale the phone is detached by then.
void CallHost::hang_up_phone(Held& held, std::string identity) {
    if (!held.phone) {
        return;
    }
    if (held.is_certain(parts_.loop.now())) {
        held.phone->hang_up(std::move(identity));
        return;
    }
    held.writer.when_idle([phone = held.phone, identity = std::move(identity)]() mutable {
        phone->hang_up(std::move(identity));
    });
}

void CallHost::leave_ended(const CallId& id) {
    CallSession* session = find_session(id);
    if (session == nullptr) {
        return;
    }
    STUDIO_LOG(info, "call_ended_elsewhere", {"call_id", id});
    hang_up_phone(held_of(id), session->caller_identity());
    session->freeze();
    // The session may be on the stack.
    parts_.loop.post([this, id] { forget(id); });
}

Task<bool> CallHost::hand_over(CallId id, milliseconds patience) {
    const Instant deadline = parts_.loop.now() + patience;
    while (true) {
        const Held* held = find(id);
        const bool is_here = held != nullptr && held->session && held->keeper &&
                             !held->is_abandoned && !held->is_going &&
                             held->session->record().status <= core::CallStatus::active;
        if (!is_here) {
            co_return false;
        }
        // Where the caller is still awaited there is no turn to wait for.
        if (held->session->record().status < core::CallStatus::active ||
            held->session->is_between_turns() || parts_.loop.now() >= deadline) {
            break;
        }
        if (!co_await runtime::sleep_for(parts_.loop, look_again, scope_.token())) {
            co_return false;
        }
    }
    Held* held = find(id);
    held->session->freeze();
    held->is_handing_over = true;
    const auto kept = std::make_shared<std::optional<bool>>();
    held->keeper->save([kept](bool saved) { *kept = saved; });
    const Instant give_up_at = parts_.loop.now() + keep_timeout;
    while (!*kept && parts_.loop.now() < give_up_at) {
        if (!co_await runtime::sleep_for(parts_.loop, look_again / 4, scope_.token())) {
            co_return false;
        }
    }
    if (!kept->value_or(false)) {
        thaw(id);
        co_return false;
    }
    held = find(id);
    co_return held != nullptr && !held->is_abandoned;
}

void CallHost::thaw(const CallId& id) {
    Held* held = find(id);
    if (held != nullptr && held->session && !held->is_abandoned && !held->is_going) {
        held->is_handing_over = false;
        held->session->thaw();
    }
}

CallHost::LateFrames CallHost::frames_late() const {
    LateFrames frames;
    for (const auto& [id, held] : calls_) {
        if (held->session) {
            const MediaStats stats = held->session->media_stats();
            frames.late += stats.frames_late;
            frames.gapped += stats.frames_gapped;
        }
    }
    return frames;
}

std::string CallHost::take_snapshot(const CallId& id) {
    const Held& held = held_of(id);
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
