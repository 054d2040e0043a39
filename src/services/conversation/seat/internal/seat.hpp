#pragma once

#include <memory>
#include <string>

#include "core/context/call_context.hpp"
#include "core/dialog/dialog.hpp"
#include "core/plan/agent_plan.hpp"
#include "core/turn/turn.hpp"
#include "services/conversation/seat/internal/answering.hpp"
#include "services/conversation/seat/internal/listening.hpp"
#include "services/conversation/seat/internal/toolbox.hpp"
#include "services/conversation/seat/internal/voice.hpp"
#include "services/conversation/session/call_plan.hpp"
#include "services/conversation/session/internal/session_link.hpp"
#include "services/conversation/session/session_options.hpp"

namespace studio::services {

/// What a seat borrows of its call; all of it outlives the seat.
struct SeatParts {
    SessionLink& link;
    core::CallContext& context;
    const CallSessionOptions& options;
};

/// What of the call decides how each of its agents speaks.
struct CallManner {
    /// What the caller asked for, a code; an agent that does not speak it takes its own default.
    std::string language;
    /// The caller's own zone comes before the agent's, the tenant's after it; UTC in the end. Names
    /// that nobody knows are passed over: the agent's was checked when it was written.
    std::string caller_zone;
    std::string tenant_zone;
};

/// One agent at work in a call: everything that is this agent's and not the call's. Its ears (the
/// recogniser's stream), its mind (the model, with its prompt and tools), its voice, how it takes
/// turns, and its part of the context. It knows no media, playout, transcript or other agent; the
/// dialog's history is the call's, and it is shown it with each question.
///
///   made --warm--> ready --sit--> seated --leave--> left
///
/// On the call's loop. Destroying it cancels everything without an event.
class Seat final {
public:
    /// `agent` outlives the seat.
    Seat(const SeatParts& parts, const core::AgentPlan& agent, const SeatProviders& providers,
         const CallManner& manner);

    /// The context shows this agent's part, and the time where it is.
    void show_context();
    /// Opens what takes time, while another speaks.
    void warm();
    /// This agent is the one that is spoken to from now on.
    void sit();
    /// Not any more: everything under way is given up.
    void leave();

    [[nodiscard]] const std::string& name() const { return agent_.name; }
    [[nodiscard]] const core::AgentConfig& config() const { return agent_.config; }
    [[nodiscard]] core::TurnOptions turn_options() const;
    /// A template over the context, with the defaults of this agent's variables.
    [[nodiscard]] std::string render(const std::string& text_template) const;
    /// Asks its model, with its prompt and its tools.
    void ask(const core::AskModel& order);

    [[nodiscard]] Listening& listening() { return listening_; }
    [[nodiscard]] Answering& answering() { return answering_; }
    [[nodiscard]] Voice& voice() { return voice_; }
    [[nodiscard]] const Toolbox& tools() const { return tools_; }

    [[nodiscard]] Deadline next_deadline() const;
    void tick(Instant now);

private:
    [[nodiscard]] SpeechToTextOptions stream_options() const;
    [[nodiscard]] SynthesisRequest synthesis_request() const;

    core::CallContext& context_;
    const CallSessionOptions& options_;
    const core::AgentPlan& agent_;
    std::string language_;
    std::shared_ptr<const core::ZoneRules> zone_;
    Toolbox tools_;
    Listening listening_;
    Answering answering_;
    Voice voice_;
};

}  // namespace studio::services
