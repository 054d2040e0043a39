#pragma once

#include <optional>
#include <vector>

#include "base/json.hpp"
#include "core/call/call_record.hpp"
#include "core/call/end_reason.hpp"
#include "core/plan/agent_plan.hpp"
#include "core/workflow/workflow.hpp"
#include "ports/http_client.hpp"
#include "ports/language_model.hpp"
#include "ports/speech_to_text.hpp"
#include "ports/text_to_speech.hpp"
#include "services/conversation/session/session_snapshot.hpp"

namespace studio::services {

/// What one call is about: everything that does not change during it.
struct CallPlan {
    core::CallRecord record;
    /// Every agent that may be needed. The first one begins the call; a call that is carried on
    /// goes on with the agent of its snapshot. Never empty.
    std::vector<core::AgentPlan> agents;
    /// Says who goes on when; nothing where the agents hand over as they like.
    std::optional<core::Workflow> workflow{};
    /// `{{tenant.*}}` in templates.
    JsonObject tenant;
    /// The call was held elsewhere and goes on from here: no greeting, one word of apology.
    std::optional<SessionSnapshot> snapshot{};
    /// The call begins when its caller is there, of whom the media tells: in a room.
    bool awaits_caller = false;
    /// Why the call is not held: the farewell is all that is said, and it ends with this reason.
    std::optional<core::EndReason> refusal{};
};

/// The providers of one agent, chosen by the names in its configuration. All outlive the session.
struct SeatProviders {
    SpeechToText& speech_to_text;
    LanguageModel& language_model;
    TextToSpeech& text_to_speech;
    /// Speaks what the agent's own voice cannot, so that the caller hears a sentence; may be
    /// absent.
    TextToSpeech* spare_voice = nullptr;
};

/// What a call borrows; all of it outlives the session.
struct CallProviders {
    HttpClient& http_client;
    /// In the order of CallPlan::agents.
    std::vector<SeatProviders> seats;
};

}  // namespace studio::services
