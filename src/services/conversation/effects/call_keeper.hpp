#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/interface.hpp"

namespace studio::services {

/// What a session may do about an effect on the outside world that must not happen twice.
struct EffectVerdict {
    enum class Kind : std::uint8_t {
        /// Nobody did it: do it, then finish_effect().
        do_it,
        /// An earlier holder of the call did it; `result` is what came of it.
        done,
        /// An earlier holder began it and nobody knows what came of it: it is not repeated.
        unknown,
        /// Another worker may hold the call by now, or may have begun the effect: it is not done,
        /// and may be asked for again later.
        refused,
    };
    Kind kind = Kind::do_it;
    std::string result{};
};

/// Keeps what another worker needs to carry a call on. Whoever journals calls implements it; a
/// session without one is held by this process or by nobody. On the call's loop; it outlives the
/// session.
class CallKeeper : public Interface {
public:
    /// A moment worth keeping: a turn ended, an answer or a sentence was heard, a tool is done. Ask
    /// CallSession::save() once the present handler is over; several may be answered by one.
    virtual void on_checkpoint() = 0;
    /// An effect is due: keep the session first, then decide. `decide` is called once, never from
    /// inside, and not after the session is gone. `effect` is unique within the call and the same
    /// for every holder. Waits for a bounded time only: the caller is listening.
    virtual void begin_effect(std::string effect, std::function<void(EffectVerdict)> decide) = 0;
    /// What came of it.
    virtual void finish_effect(std::string effect, std::string result) = 0;
    /// Somebody took the call's place in its room. The session is frozen; it is to be destroyed,
    /// but not from inside.
    virtual void on_replaced() = 0;
};

}  // namespace studio::services
