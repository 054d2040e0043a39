#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audio/frame.hpp"
#include "core/plan/agent_plan.hpp"
#include "services/conversation/seat/internal/seat.hpp"

namespace studio::services {

/// The seats of a call: who is spoken to now, and who is about to be. The next one is made and
/// warmed while the present one speaks, and takes over when the talk says so.
///
///   A seated --prepare(B)--> A seated, B warm --change--> B seated
///
/// On the call's loop.
class Seats {
public:
    /// `agents` outlives the seats; its agent number `first` sits.
    Seats(const SeatParts& parts, const std::vector<core::AgentPlan>& agents,
          std::vector<SeatProviders> providers, CallManner manner, std::size_t first);

    /// The first one is spoken to from now on.
    void begin() { now_->sit(); }
    [[nodiscard]] Seat& now() { return *now_; }
    [[nodiscard]] const Seat& now() const { return *now_; }

    /// Why the call cannot be handed over from one agent to another, for the model; empty where it
    /// can be.
    [[nodiscard]] std::string refusal(const std::string& source, const std::string& target) const;
    /// To whom the present agent's configuration hands over by now, if it may.
    [[nodiscard]] std::optional<std::string> due_handoff() const;
    /// Makes and warms the seat of an agent to whom the call can be handed over.
    void prepare(const std::string& target);
    /// Who is about to take over; nullptr for nobody.
    [[nodiscard]] const Seat* next() const { return next_.get(); }
    /// The next one takes over.
    void change();
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

    SeatParts parts_;
    const std::vector<core::AgentPlan>& agents_;
    std::vector<SeatProviders> providers_;
    CallManner manner_;
    std::unique_ptr<Seat> now_;
    std::unique_ptr<Seat> next_;
    /// Left, but perhaps on the stack.
    std::unique_ptr<Seat> left_;
    std::uint32_t changes_ = 0;
    std::uint32_t changes_in_turn_ = 0;
};

}  // namespace studio::services
