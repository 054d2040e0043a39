#include "services/hosting/host/call_host.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"
#include "services/calls/end/call_metrics.hpp"
#include "services/hosting/host/internal/held_call.hpp"
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

bool has_spare_voice(const CallProviders& providers) {
    return std::any_of(providers.seats.begin(), providers.seats.end(),
                       [](const SeatProviders& seat) { return seat.spare_voice != nullptr; });
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
      options_(options),
      on_ended_(std::move(on_ended)),
      open_recording_(std::move(open_recording)),
      scope_(parts.loop) {}

CallHost::~CallHost() = default;

Result<std::string, StartError> CallHost::accept(DirectOrder order) {
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
    Held& held = add(id, nullptr);
    CallPlan plan;
    plan.tenant = {{"id", order.record.tenant_id.text()}};
    plan.record = std::move(order.record);
    plan.agents = std::move(order.agents);
    make_session(held, std::move(plan), *providers, std::move(accepted->media));
    STUDIO_LOG(info, "call_started", {"call_id", id});
    held.session->start();
    return std::move(accepted->answer_sdp);
}

void CallHost::make_session(Held& held, CallPlan plan, CallProviders providers,
                            std::unique_ptr<CallMedia> media) {
    CallSessionOptions options = options_;
    CallObserver* observer = this;
    options.keeper = held.keeper.get();
    options.phone = held.phone.get();
    // A log begins with the call; one that was taken over could not be replayed.
    auto stream = open_recording_ && !plan.snapshot ? open_recording_(plan.record.id) : nullptr;
    if (stream != nullptr) {
        held.recorder = std::make_unique<CallRecorder>(std::move(stream), parts_.loop, plan,
                                                       options, has_spare_voice(providers));
        options.input_log = held.recorder.get();
        observer = &held.recorder->tap(*this);
        media = held.recorder->tap(std::move(media));
    }
    CallProviders used = held.recorder ? held.recorder->tap(providers) : std::move(providers);
    held.session = std::make_unique<CallSession>(parts_.loop, std::move(plan), std::move(used),
                                                 std::move(media), *observer, options);
}

bool CallHost::end(const CallId& id, core::EndReason reason) {
    const auto found = calls_.find(id);
    if (found == calls_.end()) {
        return false;
    }
    Held& held = *found->second;
    if (held.session) {
        held.session->thaw();
        held.session->close(reason);
    } else {
        held.end_reason = reason;
    }
    return true;
}

void CallHost::end_all(core::EndReason reason, bool at_once) {
    for (const auto& [id, held] : calls_) {
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
    for (const auto& [id, held] : calls_) {
        if (held->keeper) {
            held->keeper->stop();
        }
        held->session.reset();
    }
    co_await scope_.close();
    calls_.clear();
}

void CallHost::on_call_status(const core::CallRecord& record) {
    STUDIO_LOG(info, "call_status", {"call_id", record.id},
               {"status", core::name_of(record.status)}, {"reason", record.status_reason});
    Held& held = held_of(record.id);
    held.writer.save(held.fenced(record));
}

void CallHost::on_transcript(const core::CallRecord& record, const core::TranscriptEntry& entry) {
    if (entry.latency) {
        observe_turn(*entry.latency);
    }
    Held& held = held_of(record.id);
    held.writer.append(held.fenced(record), entry);
}

void CallHost::on_call_closing(const core::CallRecord& record, std::function<void()> stored) {
    Held& held = held_of(record.id);
    observe_media(held.session->media_stats());
    held.writer.save(held.fenced(record));
    hang_up_phone(held, held.session->caller_identity());
    held.writer.when_idle(std::move(stored));
}

void CallHost::on_call_ended(const core::CallRecord& record) {
    STUDIO_LOG(info, "call_ended", {"call_id", record.id}, {"status", core::name_of(record.status)},
               {"reason", record.status_reason}, {"turns", record.metrics.turns},
               {"interruptions", record.metrics.interruptions},
               {"packets_lost", record.metrics.packets_lost},
               {"frames_late", record.metrics.frames_late});
    count_end(record);
    parts_.loop.post([this, id = record.id] { forget(id); });
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

CallHost::Held& CallHost::add(const CallId& id, const RoomOrder* order) {
    HeldParts parts{parts_.store, parts_.loop, scope_,
                    [this, id](StoreError error) {
                        if (error == StoreError::conflict) {
                            leave_ended(id);
                        } else {
                            abandon(id);
                        }
                    },
                    order == nullptr ? nullptr : order->lease};
    const std::uint64_t token = order == nullptr ? 0 : order->record.fencing_token;
    auto held = std::make_unique<Held>(std::move(parts), token);
    if (parts_.journal != nullptr && token != 0) {
        held->keeper = std::make_shared<JournalKeeper>(
            JournalKeeper::Parts{*parts_.journal, parts_.loop, scope_, held->lease,
                                 order->snapshot.has_value()},
            LeaseKey{id, token}, [this, id] { return take_snapshot(id); },
            [this, id] { abandon(id); });
    }
    return *calls_.insert_or_assign(id, std::move(held)).first->second;
}

CallHost::Held* CallHost::find(const CallId& id) {
    const auto found = calls_.find(id);
    return found == calls_.end() ? nullptr : found->second.get();
}

CallHost::Held& CallHost::held_of(const CallId& id) {
    Held* held = find(id);
    STUDIO_CHECK(held != nullptr, "a session that reports is held");
    return *held;
}

void CallHost::forget(const CallId& id) {
    Held* held = find(id);
    if (held == nullptr || std::exchange(held->is_going, true)) {
        return;  // close() was faster.
    }
    if (held->keeper) {
        held->keeper->stop();
    }
    held->session.reset();
    held->writer.when_idle([this, id] {
        // Not from inside the writer: it may be on the stack.
        parts_.loop.post([this, id] {
            Held* idle = find(id);
            if (idle != nullptr) {
                erase(id, idle->is_abandoned ? CallEnd::abandoned : CallEnd::stored);
            }
        });
    });
}

void CallHost::erase(const CallId& id, CallEnd end) {
    if (calls_.erase(id) > 0) {
        on_ended_(id, end);
    }
}

}  // namespace studio::services
