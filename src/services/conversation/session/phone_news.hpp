#pragma once

#include "base/interface.hpp"
#include "core/call/call_record.hpp"
#include "core/call/end_reason.hpp"

namespace studio::services {

/// What becomes of a phone that is called for a call, as whoever calls it tells the session. On the
/// call's loop; not from inside a function that the session calls.
class PhoneNews : public Interface {
public:
    /// `dialing` or `ringing`.
    virtual void rings(core::CallStatus stage) = 0;
    virtual void answered() = 0;
    /// Nobody will answer: the call ends without a word.
    virtual void not_reached(core::EndReason reason) = 0;
};

}  // namespace studio::services
