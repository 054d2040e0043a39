#pragma once

#include <functional>
#include <string>

#include "base/interface.hpp"
#include "base/time.hpp"
#include "services/call_session/call_session.hpp"
#include "services/call_session/internal/machine_queue.hpp"

namespace studio::services {

/// What the parts of a session need of it. A port's callback does: now(), its work, settle().
class SessionLink : public Interface {
public:
    [[nodiscard]] virtual Instant now() const = 0;
    [[nodiscard]] virtual MachineQueue& queue() = 0;
    /// Which call it is, and under which lease it is held.
    [[nodiscard]] virtual const core::CallRecord& record() const = 0;
    /// Brings the machines up to the present before an input changes anything, so that it does not
    /// matter whether a timer or an input of the same instant came first.
    virtual void catch_up() = 0;
    /// For the telephone on the other side.
    virtual void press_digit(char digit) = 0;
    virtual void transfer(std::string target, std::function<void(std::string)> done) = 0;
    /// Lets the machines work off the queue.
    virtual void settle() = 0;
};

}  // namespace studio::services
