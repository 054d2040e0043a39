#include "services/conversation/session/internal/supervision.hpp"

namespace studio::services {

Result<bool, std::string> Supervision::heed(const core::CallCommand& command) {
    using Kind = core::CallCommand::Kind;
    Result<bool, std::string> outcome = true;
    switch (command.kind) {
        case Kind::transfer_to_agent:
            outcome = hand_over(command.text);
            break;
        case Kind::transfer_to_number:
            outcome = hand_over_phone(command.text);
            break;
        case Kind::say:
        case Kind::inject:
        case Kind::mute_agent:
            break;
    }
    if (!outcome) {
        return outcome;
    }
    // Before what follows from it.
    parts_.reporter.supervised(command);
    const bool drops = command.kind == Kind::say || command.kind == Kind::mute_agent;
    if (drops && command.flag) {
        parts_.talk.drop_speech();
    }
    if (command.kind == Kind::say) {
        parts_.link.queue().push(core::AgentSays{command.text, true});
    } else if (command.kind == Kind::inject) {
        parts_.link.queue().push(core::NoteGiven{command.text, command.flag});
    } else if (command.kind == Kind::mute_agent) {
        parts_.link.queue().push(core::AgentMuted{command.flag});
    }
    parts_.link.checkpoint();
    return outcome;
}

Result<bool, std::string> Supervision::hand_over(const std::string& agent) {
    const std::string& present = parts_.seats.now().name();
    if (agent == present) {
        return fail(std::string("the caller speaks to that agent already"));
    }
    const SeatDecision decision = parts_.seats.decide(present, {agent, {}});
    if (decision.kind != SeatDecision::Kind::hand_off) {
        return fail(decision.text.empty() ? std::string("the workflow does not lead there")
                                          : decision.text);
    }
    if (!decision.speech.empty()) {
        parts_.link.queue().push(core::AgentSays{decision.speech, true});
    }
    parts_.seats.prepare(decision.text);
    return true;
}

Result<bool, std::string> Supervision::hand_over_phone(const std::string& number) {
    if (!parts_.telephone.is_there()) {
        return fail(std::string("the call is not by telephone"));
    }
    parts_.telephone.transfer(number, [this](const std::string& error) {
        parts_.link.enter([this, &error] {
            if (!error.empty()) {
                parts_.link.note_error(core::CallStage::call, "studio", "transfer_failed");
            }
        });
    });
    return true;
}

}  // namespace studio::services
