#include "services/hosting/host/internal/phone_side.hpp"

#include <utility>

namespace studio::services {
namespace {

/// The journal's name for calling the phone.
constexpr const char* dial_effect = "dial";

}  // namespace

void PhoneSide::attach(HeldCall& held, const core::CallRecord& record) {
    if (record.type == core::CallType::sip && phones_ != nullptr) {
        held.phone = std::make_shared<PhoneLeg>(PhoneLeg::Parts{*phones_, loop_, scope_}, record);
    }
}

/// Nobody's phone rings twice: that it is about to be called is noted first, and where it was noted
/// before, or the row says so, only the phone in the room is waited for.
void PhoneSide::dial(HeldCall& held, const CallId& id, core::CallStatus stored) {
    if (!held.phone) {
        held.session->phone().not_reached(core::EndReason::no_trunk);
        return;
    }
    const bool has_rung =
        stored == core::CallStatus::dialing || stored == core::CallStatus::ringing;
    const auto decide = [this, id, has_rung, stored](const EffectVerdict& verdict) {
        HeldCall* present = calls_.find_session(id) == nullptr ? nullptr : calls_.find(id);
        if (present == nullptr) {
            return;
        }
        if (verdict.kind == EffectVerdict::Kind::refused) {
            dial(*present, id, stored);  // It has waited; we may be the holder again.
            return;
        }
        PhoneLeg::Events events;
        events.on_stage = [this, id](DialStage stage) {
            if (CallSession* session = calls_.find_session(id)) {
                session->phone().rings(stage == DialStage::ringing ? core::CallStatus::ringing
                                                                   : core::CallStatus::dialing);
            }
        };
        events.on_outcome = [this, id](const PhoneOutcome& outcome) {
            on_phone_outcome(id, outcome);
        };
        const bool is_new = !has_rung && verdict.kind == EffectVerdict::Kind::do_it;
        present->phone->dial(
            [is_new, lease = present->lease, &loop = loop_] {
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

void PhoneSide::on_phone_outcome(const CallId& id, const PhoneOutcome& outcome) {
    CallSession* session = calls_.find_session(id);
    if (session == nullptr) {
        return;
    }
    if (HeldCall* held = calls_.find(id); held->keeper) {
        held->keeper->finish_effect(dial_effect, outcome.answered ? "answered" : outcome.reason);
    }
    if (outcome.answered) {
        session->phone().answered();
    } else {
        session->phone().not_reached(
            core::parse_end_reason(outcome.reason).value_or(core::EndReason::trunk_failed));
    }
}

/// In a room that may be another worker's by now nobody is thrown out before the store has taken
/// the end from us; where it is stale the phone is detached by then.
void PhoneSide::hang_up(HeldCall& held, std::string identity) {
    if (!held.phone) {
        return;
    }
    if (held.is_certain(loop_.now())) {
        held.phone->hang_up(std::move(identity));
        return;
    }
    held.writer.when_idle([phone = held.phone, identity = std::move(identity)]() mutable {
        phone->hang_up(std::move(identity));
    });
}

}  // namespace studio::services
