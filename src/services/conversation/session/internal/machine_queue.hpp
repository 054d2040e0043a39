#pragma once

#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/call/call.hpp"
#include "core/dialog/dialog.hpp"
#include "core/playout/playout.hpp"
#include "core/turn/turn.hpp"

namespace studio::services {

/// The input of one of the machines of a call.
using MachineInput =
    std::variant<core::CallInput, core::TurnInput, core::DialogInput, core::PlayoutInput>;

template <class Input, class Variant>
struct IsAlternative : std::false_type {};
template <class Input, class... Alternatives>
struct IsAlternative<Input, std::variant<Alternatives...>>
    : std::disjunction<std::is_same<Input, Alternatives>...> {};

/// Inputs that wait for their machine. An output of one machine becomes an input of another here
/// instead of in a nested call, so that each machine sees one input at a time. Keeps its memory: no
/// allocation once it is warm.
class MachineQueue {
public:
    template <class Input>
    void push(Input input) {
        if constexpr (IsAlternative<Input, core::CallInput>::value) {
            inputs_.emplace_back(core::CallInput(std::move(input)));
        } else if constexpr (IsAlternative<Input, core::TurnInput>::value) {
            inputs_.emplace_back(core::TurnInput(std::move(input)));
        } else if constexpr (IsAlternative<Input, core::DialogInput>::value) {
            inputs_.emplace_back(core::DialogInput(std::move(input)));
        } else {
            inputs_.emplace_back(core::PlayoutInput(std::move(input)));
        }
    }

    [[nodiscard]] bool empty() const { return first_ == inputs_.size(); }

    /// Precondition: not empty.
    [[nodiscard]] MachineInput pop() {
        MachineInput input = std::move(inputs_[first_]);
        if (++first_ == inputs_.size()) {
            inputs_.clear();
            first_ = 0;
        }
        return input;
    }

private:
    std::vector<MachineInput> inputs_;
    std::size_t first_ = 0;
};

/// Hands one input to a machine and every output that follows to `on_output`: one handle, then
/// drain.
template <class Machine, class Input, class OnOutput>
void drive(Machine& machine, Input&& input, Instant now, const OnOutput& on_output) {
    machine.handle(std::forward<Input>(input), now);
    while (const auto output = machine.poll_output()) {
        on_output(*output);
    }
}

}  // namespace studio::services
