#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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

/// What the parts of a session need of it. A port's callback does: now(), catch_up(), its work,
/// settle().
class SessionLink : public Interface {
public:
    [[nodiscard]] virtual Instant now() const = 0;
    [[nodiscard]] virtual WallTime wall_now() const = 0;
    [[nodiscard]] virtual MachineQueue& queue() = 0;
    [[nodiscard]] virtual RequestCounts& counts() = 0;
    /// Which call it is, and under which lease it is held.
    [[nodiscard]] virtual const core::CallRecord& record() const = 0;
    /// Brings the machines up to the present before an input changes anything, so that it does not
    /// matter whether a timer or an input of the same instant came first.
    virtual void catch_up() = 0;
    /// Lets the machines work off the queue.
    virtual void settle() = 0;
    /// A request of the call failed, whether or not it is made again. `provider` as core::CallError
    /// has it, `code` one lower_snake_case word.
    virtual void note_error(core::CallStage stage, const std::string& provider,
                            std::string_view code) = 0;
    /// This moment is worth keeping: the next settle() asks for a snapshot.
    virtual void checkpoint() = 0;
};

}  // namespace studio::services
