#pragma once

#include <cstdint>
#include <string>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"
#include "core/call/call_command.hpp"

namespace studio {

/// Why a command was not carried out.
struct ControlRefusal {
    enum class Kind : std::uint8_t {
        /// Nobody who was reached holds the call.
        not_held,
        /// It cannot be done in this call, or not now; `why` is for whoever asked.
        refused,
        /// Whoever holds the call did not answer; whether it was done is not known.
        unavailable,
    };
    Kind kind = Kind::not_held;
    std::string why{};
};

using ControlResult = Result<bool, ControlRefusal>;

/// The way to whoever holds a call. On the loop of the use cases.
class CallControl : public Interface {
public:
    /// Ends when the command was carried out, at least as far as it can be at once.
    [[nodiscard]] virtual Task<ControlResult> control(TenantId tenant, CallId id,
                                                      core::CallCommand command) = 0;
};

}  // namespace studio
