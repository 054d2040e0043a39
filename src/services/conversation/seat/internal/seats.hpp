#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audio/frame.hpp"
#include "core/plan/agent_plan.hpp"
#include "core/workflow/workflow_walk.hpp"
#include "services/conversation/seat/internal/seat.hpp"

namespace studio::services {

/// The agents of a call, and how they follow each other.
struct SeatsPlan {
    /// Outlives the seats.
    const std::vector<core::AgentPlan>& agents;
    /// Outlives them, too; nullptr where the agents hand over as they like.
    const core::Workflow* workflow = nullptr;
    /// In the order of the agents.
    std::vector<SeatProviders> providers;
    CallManner manner;
    /// Who sits first, by number.
    std::size_t first = 0;
    /// Hand-offs of the call before it was held here.
    std::uint32_t handoffs = 0;
};

/// What a tool wants: a hand-off, or the call's end; both empty for neither.
struct SeatWish {
    std::string hand_off_to;
    std::string end_reason;
};

/// What comes of a tool.
struct SeatDecision {
    enum class Kind : std::uint8_t {
        stay,
        hand_off,
        end,
        /// The model is told why what it wants is not done.
        refused,
        /// There were too many hand-offs: the call ends.
        exhausted,
    };
    Kind kind = Kind::stay;
    /// The agent that is handed over to, for Seats::prepare(); the reason of the end; or why not.
    std::string text{};
    /// Who will sit, which is another where nodes are passed over.
    std::string arrives{};
    /// What is said before; may be empty.
    std::string speech{};
};

/// How the next agent took over.
struct HandOver {
    std::string previous;
    bool greets = true;
    /// How many messages of the conversation its model gets to read; nothing for all.
    std::optional<std::size_t> history_kept{};
    /// What the model before wrote for it instead.
    std::string summary{};
};

/// The seats of a call: who is spoken to now, and who is about to be. Who that is the workflow says
/// (core::next_step), or the agents themselves. The next one is made and warmed while the present
/// one speaks, and takes over when the talk says so.
///
///   A seated --prepare(B)--> A seated, B warm --change--> B seated
///
/// On the call's loop.
class Seats {
public:
    Seats(const SeatParts& parts, SeatsPlan plan);

    /// The first one is spoken to from now on.
    void begin() { now_->sit(); }
    [[nodiscard]] Seat& now() { return *now_; }
    [[nodiscard]] const Seat& now() const { return *now_; }

    /// What comes of a tool of `source` that is done and wants this: the tool's own wish first,
    /// then what the context means by now.
    [[nodiscard]] SeatDecision decide(const std::string& source, const SeatWish& wish) const;
    /// Makes and warms the seat of an agent to whom the call can be handed over, or of who comes
    /// next where the workflow passes it over.
    void prepare(const std::string& target);
    /// Who is about to take over; nullptr for nobody.
    [[nodiscard]] const Seat* next() const { return next_.get(); }
    /// With whom prepare() was asked for it.
    [[nodiscard]] const std::string& next_target() const { return next_target_; }
    /// The next one takes over, with what it gets of the context.
    HandOver change();
    /// The caller had a turn: agents may hand over anew.
    void caller_spoke() { changes_in_turn_ = 0; }

    /// A tool of any agent; nullptr where there is none.
    [[nodiscard]] std::shared_ptr<const core::ToolDefinition> find_tool(
        const std::string& agent, const std::string& tool) const;

    /// 20 ms of the caller.
    void hear(const audio::Frame& frame, bool is_speaking, std::uint32_t utterance);
    /// Nobody is heard any more, and nobody takes over.
    void close_ears();
    [[nodiscard]] Deadline next_deadline() const;
    void tick(Instant now);

private:
    [[nodiscard]] std::unique_ptr<Seat> make(std::size_t index) const;
    /// Why the call cannot be handed over from one agent to another, for the model; empty where it
    /// can be.
    [[nodiscard]] std::string refusal(const std::string& source, const std::string& target) const;
    [[nodiscard]] SeatDecision decide_freely(const std::string& source, const SeatWish& wish) const;
    [[nodiscard]] SeatDecision go(const core::WorkflowStep& step, const SeatWish& wish) const;
    /// Who sits where `target` is reached; nothing where the call is over then.
    [[nodiscard]] std::optional<std::string> arrival(const std::string& target) const;

    SeatParts parts_;
    SeatsPlan plan_;
    std::unique_ptr<Seat> now_;
    std::unique_ptr<Seat> next_;
    std::string next_target_;
    /// Left, but perhaps on the stack.
    std::unique_ptr<Seat> left_;
    std::uint32_t changes_ = 0;
    std::uint32_t changes_in_turn_ = 0;
};

}  // namespace studio::services
