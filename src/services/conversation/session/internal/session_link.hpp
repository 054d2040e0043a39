#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.hpp"
#include "base/interface.hpp"
#include "base/time.hpp"
#include "core/call/call_record.hpp"
#include "services/conversation/session/internal/machine_queue.hpp"

namespace studio::services {

/// How many requests of each kind the session has made, whichever seat made them: their numbers in
/// the log of inputs.
struct RequestCounts {
    std::uint32_t streams = 0;
    std::uint32_t answers = 0;
    std::uint32_t syntheses = 0;
    std::uint32_t exchanges = 0;
};

/// What the parts of a session need of it. A port's callback does its work in enter().
class SessionLink : public Interface {
public:
    [[nodiscard]] virtual Instant now() const = 0;
    [[nodiscard]] virtual WallTime wall_now() const = 0;
    [[nodiscard]] virtual MachineQueue& queue() = 0;
    [[nodiscard]] virtual RequestCounts& counts() = 0;
    /// Which call it is, and under which lease it is held.
    [[nodiscard]] virtual const core::CallRecord& record() const = 0;
    /// The way into a call from outside: catch_up(), `work`, settle().
    template <class Work>
    void enter(const Work& work) {
        guard([this, &work] {
            catch_up();
            work();
            settle();
        });
    }
    /// Runs `work`. A Bug or another exception that comes out of it stops here and ends this call
    /// alone: whoever called knows nothing of it. In a call that is broken nothing is done any
    /// more.
    template <class Work>
    void guard(const Work& work) {
        if (is_broken_) {
            return;
        }
        try {
            work();
        } catch (...) {
            note_exception("call");
            break_off();
        }
    }
    /// Ends the call as one in which a bug showed, soon.
    void break_off() noexcept {
        if (!std::exchange(is_broken_, true)) {
            on_broken();
        }
    }
    [[nodiscard]] bool is_broken() const { return is_broken_; }
    /// Brings the machines up to the present before an input changes anything, so that it does not
    /// matter whether a timer or an input of the same instant came first.
    virtual void catch_up() = 0;
    /// Lets the machines work off the queue.
    virtual void settle() = 0;
    /// A request of the call failed, whether or not it is made again. `provider` as core::CallError
    /// has it, `code` one lower_snake_case word.
    virtual void note_error(core::CallStage stage, const std::string& provider,
                            std::string_view code) = 0;
    /// A provider was asked for this much more.
    virtual void note_usage(core::UsageStage stage, const std::string& provider,
                            const std::string& model, const core::UsageAmounts& amounts) = 0;
    /// This moment is worth keeping: the next settle() asks for a snapshot.
    virtual void checkpoint() = 0;

private:
    /// In what state the machines are nobody knows. Once.
    virtual void on_broken() noexcept = 0;

    bool is_broken_ = false;
};

}  // namespace studio::services
