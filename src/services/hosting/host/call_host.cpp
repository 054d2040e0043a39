#include "services/hosting/host/call_host.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"
#include "services/calls/end/call_metrics.hpp"
#include "services/hosting/host/internal/host_context.hpp"
#include "services/hosting/host/internal/room_host.hpp"
#include "services/hosting/host/internal/spare_voice.hpp"

namespace studio::services {
namespace {

StartError to_start_error(OfferError error) {
    switch (error) {
        case OfferError::malformed:
            return StartError::malformed_offer;
        case OfferError::unsupported:
            return StartError::unsupported_offer;
        case OfferError::full:
            return StartError::full;
    }
    return StartError::failed;
}

void count_end(const core::CallRecord& record) {
    metrics()
        .counter("studio_calls_total", "Calls that ended, by final status.",
                 "status=\"" + std::string(core::name_of(record.status)) + "\"")
        .add();
}

}  // namespace

CallHost::CallHost(Parts parts, CallSessionOptions options, OnEnded on_ended,
                   OpenRecording open_recording)
    : parts_(parts),
      context_(std::make_unique<HostContext>(parts_, *this, options, std::move(on_ended),
                                             std::move(open_recording))),
      rooms_(std::make_unique<RoomHost>(*context_)) {}

CallHost::~CallHost() = default;

Result<std::string, StartError> CallHost::accept(DirectOrder order) {
    const CallId id = order.record.id;
    try {
        return take_on(std::move(order));
    } catch (...) {
        note_exception("call_start");
        static_cast<void>(break_off(id));
    }
    return fail(StartError::failed);
}

Result<std::string, StartError> CallHost::take_on(DirectOrder order) {
    STUDIO_CHECK(parts_.media != nullptr, "direct calls need direct media");
    const auto providers = choose(order.agents);
    if (!providers) {
        STUDIO_LOG(error, "call_not_started", {"call_id", order.record.id},
                   {"why", providers.error()});
        return fail(StartError::failed);
    }
    auto accepted = parts_.media->accept(order.offer_sdp);
    if (!accepted) {
        return fail(to_start_error(accepted.error()));
    }
    const CallId id = order.record.id;
    HeldCall& held = add(id, nullptr);
    CallPlan plan;
    plan.tenant = {{"id", order.record.tenant_id.text()}};
    plan.record = std::move(order.record);
    plan.agents = std::move(order.agents);
    plan.workflow = std::move(order.workflow);
    context_->sessions.make(held, std::move(plan), *providers, std::move(accepted->media));
    STUDIO_LOG(info, "call_started", {"call_id", id});
    held.session->start();
    return std::move(accepted->answer_sdp);
}

Task<Result<bool, JoinError>> CallHost::join(RoomOrder order) {
    const CallId id = order.record.id;
    if (context_->calls.find(id) != nullptr || context_->scope.token().is_cancelled()) {
        co_return fail(JoinError::draining);
    }
    auto providers = choose(order.agents);
    if (!providers) {
        STUDIO_LOG(error, "call_not_started", {"call_id", id}, {"why", providers.error()});
        co_return fail(JoinError::failed);
    }
    try {
        static_cast<void>(add(id, &order));
        co_return co_await rooms_->join(std::move(order), std::move(*providers));
    } catch (...) {
        note_exception("call_join");
    }
    if (break_off(id)) {
        co_return true;
    }
    co_return fail(JoinError::broken);
}

Task<bool> CallHost::hand_over(CallId id, milliseconds patience) {
    try {
        co_return co_await rooms_->hand_over(id, patience);
    } catch (...) {
        note_exception("call_hand_over");
    }
    static_cast<void>(break_off(id));
    co_return false;
}

bool CallHost::break_off(const CallId& id) {
    HeldCall* held = context_->calls.find(id);
    if (held == nullptr || !held->session) {
        context_->calls.erase(id);
        return false;
    }
    held->session->break_off();
    return true;
}

void CallHost::thaw(const CallId& id) {
    rooms_->thaw(id);
}

std::size_t CallHost::count() const {
    return context_->calls.all().size();
}

bool CallHost::end(const CallId& id, core::EndReason reason) noexcept {
    HeldCall* held = context_->calls.find(id);
    if (held == nullptr) {
        return false;
    }
    if (held->session) {
        held->session->thaw();
        held->session->close(reason);
    } else {
        held->end_reason = reason;
    }
    return true;
}

ControlResult CallHost::control(const TenantId& tenant, const CallId& id,
                                const core::CallCommand& command) noexcept {
    CallSession* const session = context_->calls.find_session(id);
    if (session == nullptr || session->record().tenant_id != tenant) {
        return fail(ControlRefusal{});
    }
    const auto done = supervise(*session, command);
    if (!done) {
        return fail(ControlRefusal{ControlRefusal::Kind::refused, done.error()});
    }
    return true;
}

void CallHost::end_all(core::EndReason reason, bool at_once) {
    for (const auto& [id, held] : context_->calls.all()) {
        if (!held->session) {
            held->end_reason = reason;
            continue;
        }
        held->session->thaw();
        if (at_once) {
            held->session->hang_up(reason);
        } else {
            held->session->close(reason);
        }
    }
}

Task<void> CallHost::close() {
    for (const auto& [id, held] : context_->calls.all()) {
        if (held->keeper) {
            held->keeper->stop();
        }
        held->session.reset();
    }
    context_->scope.request_cancel();
    rooms_->wake();
    co_await context_->scope.close();
    context_->calls.clear();
}

void CallHost::on_call_status(const core::CallRecord& record) {
    STUDIO_LOG(info, "call_status", {"call_id", record.id},
               {"status", core::name_of(record.status)}, {"reason", record.status_reason});
    HeldCall& held = context_->calls.of(record.id);
    held.writer.save(held.fenced(record));
    const bool is_active = record.status == core::CallStatus::active;
    const bool is_begun = is_active && !std::exchange(held.is_told_active, true);
    context_->teller.status(record, is_begun);
}

void CallHost::on_transcript(const core::CallRecord& record, const core::TranscriptEntry& entry) {
    if (entry.latency) {
        observe_turn(*entry.latency);
    }
    HeldCall& held = context_->calls.of(record.id);
    held.writer.append(held.fenced(record), entry);
    context_->teller.transcript(record, entry);
}

void CallHost::on_call_event(const core::CallRecord& record, std::string_view type,
                             const JsonObject& event) {
    context_->teller.event(record, type, event);
}

void CallHost::on_call_closing(const core::CallRecord& record, std::function<void()> stored) {
    HeldCall& held = context_->calls.of(record.id);
    observe_media(held.session->media_stats());
    held.writer.save(held.fenced(record));
    context_->phone.hang_up(held, held.session->caller_identity());
    held.writer.when_idle(std::move(stored));
}

void CallHost::on_call_ended(const core::CallRecord& record) {
    STUDIO_LOG(info, "call_ended", {"call_id", record.id}, {"status", core::name_of(record.status)},
               {"reason", record.status_reason}, {"turns", record.metrics.turns},
               {"interruptions", record.metrics.interruptions},
               {"packets_lost", record.metrics.packets_lost},
               {"frames_late", record.metrics.frames_late});
    count_end(record);
    context_->teller.ended(record);
    parts_.loop.post([this, id = record.id] { context_->calls.forget(id); });
}

Result<CallProviders, std::string> CallHost::choose(
    const std::vector<core::AgentPlan>& agents) const {
    CallProviders chosen{parts_.http_client, {}};
    for (const core::AgentPlan& agent : agents) {
        const auto stt = parts_.providers.speech_to_text.find(agent.config.stt.provider);
        const auto llm = parts_.providers.language_model.find(agent.config.llm.provider);
        const auto tts = parts_.providers.text_to_speech.find(agent.config.tts.provider);
        for (const std::string* error : {stt ? nullptr : &stt.error(), llm ? nullptr : &llm.error(),
                                         tts ? nullptr : &tts.error()}) {
            if (error != nullptr) {
                return fail("the agent '" + agent.name + "': " + *error);
            }
        }
        chosen.seats.push_back(
            {**stt, **llm, **tts,
             choose_spare_voice(parts_.providers.spare_voices, *tts, agent.config)});
    }
    return chosen;
}

HeldCall& CallHost::add(const CallId& id, const RoomOrder* order) {
    HeldParts parts{parts_.store, parts_.loop, context_->scope,
                    [this, id](StoreError error) {
                        if (error == StoreError::conflict) {
                            leave_ended(id);
                        } else {
                            abandon(id);
                        }
                    },
                    order == nullptr ? nullptr : order->lease};
    const std::uint64_t token = order == nullptr ? 0 : order->record.fencing_token;
    auto held = std::make_unique<HeldCall>(std::move(parts), token);
    if (parts_.journal != nullptr && token != 0) {
        held->keeper = std::make_shared<JournalKeeper>(
            JournalKeeper::Parts{*parts_.journal, parts_.loop, context_->scope, held->lease,
                                 order->snapshot.has_value()},
            LeaseKey{id, token}, [this, id] { return rooms_->take_snapshot(id); },
            [this, id] { abandon(id); });
    }
    return context_->calls.put(id, std::move(held));
}

void CallHost::abandon(const CallId& id) {
    HeldCall* held = context_->calls.find(id);
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
        parts_.loop.post([this, id] { context_->calls.forget(id); });
    }
}

void CallHost::leave_ended(const CallId& id) {
    CallSession* session = context_->calls.find_session(id);
    if (session == nullptr) {
        return;
    }
    STUDIO_LOG(info, "call_ended_elsewhere", {"call_id", id});
    context_->phone.hang_up(context_->calls.of(id), session->caller_identity());
    session->freeze();
    // The session may be on the stack.
    parts_.loop.post([this, id] { context_->calls.forget(id); });
}

CallHost::LateFrames CallHost::frames_late() const {
    LateFrames frames;
    for (const auto& [id, held] : context_->calls.all()) {
        if (held->session) {
            const MediaStats stats = held->session->media_stats();
            frames.late += stats.frames_late;
            frames.gapped += stats.frames_gapped;
        }
    }
    return frames;
}

}  // namespace studio::services
