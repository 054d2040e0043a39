#pragma once

#include <string>

#include "base/result.hpp"
#include "core/call/call_command.hpp"
#include "services/conversation/effects/internal/telephone.hpp"
#include "services/conversation/seat/internal/seats.hpp"
#include "services/conversation/session/internal/call_reporter.hpp"
#include "services/conversation/session/internal/session_link.hpp"
#include "services/conversation/session/internal/talk.hpp"

namespace studio::services {

/// What somebody who watches the call does in it, and that it was done: in the transcript, and as
/// an event. On the call's loop.
class Supervision {
public:
    /// What it borrows; all of it outlives this.
    struct Parts {
        SessionLink& link;
        CallReporter& reporter;
        Talk& talk;
        Seats& seats;
        Telephone& telephone;
    };

    explicit Supervision(const Parts& parts) : parts_(parts) {}

    /// In an active call. The error is a sentence for whoever asked.
    [[nodiscard]] Result<bool, std::string> heed(const core::CallCommand& command);

private:
    [[nodiscard]] Result<bool, std::string> hand_over(const std::string& agent);
    [[nodiscard]] Result<bool, std::string> hand_over_phone(const std::string& number);

    Parts parts_;
};

}  // namespace studio::services
