#include "services/conversation/seat/internal/seats.hpp"

#include <utility>

#include "base/check.hpp"

namespace studio::services {

Seats::Seats(const SeatParts& parts, const std::vector<core::AgentPlan>& agents,
             std::vector<SeatProviders> providers, CallManner manner, std::size_t first)
    : parts_(parts), agents_(agents), providers_(std::move(providers)), manner_(std::move(manner)) {
    if (first >= agents_.size() || agents_.size() != providers_.size()) {
        STUDIO_BUG("every agent of a plan has its providers");
    }
    now_ = make(first);
    now_->show_context();
}

std::unique_ptr<Seat> Seats::make(std::size_t index) const {
    return std::make_unique<Seat>(parts_, agents_[index], providers_[index], manner_);
}

std::string Seats::refusal(const std::string& source, const std::string& target) const {
    if (source != now_->name()) {
        return "another agent has taken over by now";
    }
    if (target == source) {
        return "you are this agent";
    }
    if (core::find_agent(agents_, target) == nullptr) {
        std::string known;
        for (const core::AgentPlan& agent : agents_) {
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

std::optional<std::string> Seats::due_handoff() const {
    auto target = core::due_handoff(now_->config(), parts_.context);
    if (target && !refusal(now_->name(), *target).empty()) {
        return std::nullopt;
    }
    return target;
}

void Seats::prepare(const std::string& target) {
    const core::AgentPlan* agent = core::find_agent(agents_, target);
    if (agent == nullptr || target == now_->name() ||
        (next_ != nullptr && next_->name() == target)) {
        return;
    }
    if (next_ != nullptr) {
        next_->leave();
        left_ = std::move(next_);
    }
    next_ = make(static_cast<std::size_t>(agent - agents_.data()));
    next_->warm();
}

void Seats::change() {
    if (next_ == nullptr) {
        STUDIO_BUG("somebody is about to take over");
    }
    now_->leave();
    left_ = std::exchange(now_, std::move(next_));
    ++changes_;
    ++changes_in_turn_;
    now_->sit();
}

std::shared_ptr<const core::ToolDefinition> Seats::find_tool(const std::string& agent,
                                                             const std::string& tool) const {
    if (agent == now_->name()) {
        return now_->tools().find(tool);
    }
    const core::AgentPlan* plan = core::find_agent(agents_, agent);
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
