#include "services/conversation/seat/internal/seats.hpp"

#include <utility>

#include "base/check.hpp"
#include "core/call/end_reason.hpp"
#include "core/workflow/handoff_tools.hpp"

namespace studio::services {

namespace {

using Kind = SeatDecision::Kind;

}  // namespace

Seats::Seats(const SeatParts& parts, SeatsPlan plan)
    : parts_(parts), plan_(std::move(plan)), changes_(plan_.handoffs) {
    if (plan_.first >= plan_.agents.size() || plan_.agents.size() != plan_.providers.size()) {
        STUDIO_BUG("every agent of a plan has its providers");
    }
    now_ = make(plan_.first);
    now_->show_context();
}

std::unique_ptr<Seat> Seats::make(std::size_t index) const {
    return std::make_unique<Seat>(parts_, plan_.agents[index], plan_.providers[index],
                                  plan_.manner);
}

std::string Seats::refusal(const std::string& source, const std::string& target) const {
    if (source != now_->name()) {
        return "another agent has taken over by now";
    }
    if (target == source) {
        return "you are this agent";
    }
    if (core::find_agent(plan_.agents, target) == nullptr) {
        std::string known;
        for (const core::AgentPlan& agent : plan_.agents) {
            if (agent.name != source) {
                known += (known.empty() ? "" : ", ") + agent.name;
            }
        }
        return "there is no agent '" + target + "' to hand over to; " +
               (known.empty() ? "there is none at all" : "known are: " + known);
    }
    if (changes_ >= parts_.options.handoffs_max ||
        changes_in_turn_ >= parts_.options.handoffs_per_turn_max) {
        return "the call was handed over too often; answer the caller yourself";
    }
    return {};
}

SeatDecision Seats::decide(const std::string& source, const SeatWish& wish) const {
    const bool was_transferred = wish.end_reason == name_of(core::EndReason::transferred);
    if (plan_.workflow == nullptr || was_transferred) {
        return decide_freely(source, wish);
    }
    if (source != now_->name()) {
        // Whoever has left the seat ends nobody else's part.
        return decide_freely(source, {wish.hand_off_to, {}});
    }
    const auto step = core::next_step(*plan_.workflow, now_->config(), {now_->name(), changes_},
                                      {wish.hand_off_to, !wish.end_reason.empty()}, parts_.context);
    switch (step.kind) {
        case core::WorkflowStep::Kind::stay:
            return {Kind::stay};
        case core::WorkflowStep::Kind::hand_off:
            return go(step, wish);
        case core::WorkflowStep::Kind::end:
            return {Kind::end, wish.end_reason};
        case core::WorkflowStep::Kind::exhausted:
            break;
    }
    return {Kind::exhausted, "the call was handed over too often and ends now"};
}

SeatDecision Seats::decide_freely(const std::string& source, const SeatWish& wish) const {
    if (!wish.end_reason.empty()) {
        return {Kind::end, wish.end_reason};
    }
    if (!wish.hand_off_to.empty()) {
        std::string why_not = refusal(source, wish.hand_off_to);
        return why_not.empty() ? SeatDecision{Kind::hand_off, wish.hand_off_to, wish.hand_off_to}
                               : SeatDecision{Kind::refused, std::move(why_not)};
    }
    const auto due = source == now_->name() && plan_.workflow == nullptr
                         ? core::due_handoff(now_->config(), parts_.context)
                         : std::nullopt;
    return due && refusal(source, *due).empty() ? SeatDecision{Kind::hand_off, *due, *due}
                                                : SeatDecision{Kind::stay};
}

SeatDecision Seats::go(const core::WorkflowStep& step, const SeatWish& wish) const {
    std::string why_not = refusal(now_->name(), step.agent);
    const auto arrives = why_not.empty() ? arrival(step.agent) : step.agent;
    const std::string speech = step.edge == nullptr || !why_not.empty()
                                   ? std::string()
                                   : now_->render(step.edge->transition_speech);
    if (!arrives) {
        return {Kind::end, wish.end_reason.empty() ? "tool_ended" : wish.end_reason, {}, speech};
    }
    if (*arrives == now_->name()) {
        why_not = "'" + step.agent + "' is passed over, and you come next: go on yourself";
    }
    if (!why_not.empty()) {
        const bool was_asked = !wish.hand_off_to.empty() || !wish.end_reason.empty();
        return was_asked ? SeatDecision{Kind::refused, std::move(why_not)}
                         : SeatDecision{Kind::stay};
    }
    return {Kind::hand_off, step.agent, *arrives, speech};
}

std::optional<std::string> Seats::arrival(const std::string& target) const {
    return plan_.workflow == nullptr ? target
                                     : core::arrival(*plan_.workflow, target, parts_.context);
}

void Seats::prepare(const std::string& target) {
    std::string arrives = arrival(target).value_or(target);
    if (arrives == now_->name()) {
        arrives = target;  // The context has changed since; somebody was promised.
    }
    const core::AgentPlan* agent = core::find_agent(plan_.agents, arrives);
    if (agent == nullptr || arrives == now_->name()) {
        return;
    }
    next_target_ = target;
    if (next_ != nullptr && next_->name() == arrives) {
        return;
    }
    if (next_ != nullptr) {
        next_->leave();
        left_ = std::move(next_);
    }
    next_ = make(static_cast<std::size_t>(agent - plan_.agents.data()));
    next_->warm();
}

HandOver Seats::change() {
    if (next_ == nullptr) {
        STUDIO_BUG("somebody is about to take over");
    }
    HandOver how{.previous = now_->name()};
    if (plan_.workflow != nullptr) {
        using History = core::HistoryPassed::Kind;
        const core::WorkflowEdge* edge =
            core::edge_between(*plan_.workflow, now_->name(), next_target_);
        core::pass_context(*plan_.workflow, edge, now_->name(), next_->name(), parts_.context);
        how.greets = edge == nullptr || edge->greet;
        const History history = edge == nullptr ? History::all : edge->history.kind;
        if (const Json* text = parts_.context.find(core::handoff_summary_path);
            text != nullptr && text->is_string() && history == History::summary) {
            how.summary = text->get_string();
            static_cast<void>(parts_.context.erase(core::handoff_summary_path));
        }
        // Where nobody was asked for a summary the next agent reads the conversation itself.
        const bool is_cut =
            history == History::last || history == History::none || !how.summary.empty();
        how.history_kept = is_cut ? std::optional(edge->history.count) : std::nullopt;
    }
    now_->leave();
    left_ = std::exchange(now_, std::move(next_));
    next_target_.clear();
    ++changes_;
    ++changes_in_turn_;
    now_->sit();
    return how;
}

std::shared_ptr<const core::ToolDefinition> Seats::find_tool(const std::string& agent,
                                                             const std::string& tool) const {
    if (agent == now_->name()) {
        return now_->tools().find(tool);
    }
    const core::AgentPlan* plan = core::find_agent(plan_.agents, agent);
    return plan == nullptr ? nullptr : Toolbox(plan->tools).find(tool);
}

void Seats::hear(const audio::Frame& frame, bool is_speaking, std::uint32_t utterance) {
    left_.reset();
    now_->listening().frame(frame, is_speaking, utterance);
    if (next_ != nullptr) {
        // For what was said just before it takes over.
        next_->listening().frame(frame, false, 0);
    }
}

void Seats::close_ears() {
    now_->listening().close();
    if (next_ != nullptr) {
        next_->leave();
        left_ = std::move(next_);
    }
}

Deadline Seats::next_deadline() const {
    return next_ == nullptr ? now_->next_deadline()
                            : earlier(now_->next_deadline(), next_->next_deadline());
}

void Seats::tick(Instant now) {
    now_->tick(now);
    if (next_ != nullptr) {
        next_->tick(now);
    }
}

}  // namespace studio::services
