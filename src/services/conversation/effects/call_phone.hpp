#pragma once

#include <functional>
#include <string>

#include "base/interface.hpp"

namespace studio::services {

/// The telephone of a call, as its session needs it; whoever holds the call implements it. On the
/// call's loop; it outlives the session.
class CallPhone : public Interface {
public:
    /// Whether the phone is being called: then only the telephone network knows why it goes, and
    /// PhoneNews::not_reached() follows.
    [[nodiscard]] virtual bool is_dialing() const = 0;
    /// The room is gone while the phone is called: the outcome is to follow soon.
    virtual void on_room_closed() = 0;
    /// Blind transfer of the phone with this identity. `done` is called once, later, with a word
    /// for why it failed, empty where it was done; not after the call is another holder's.
    virtual void transfer(std::string identity, std::string target,
                          std::function<void(std::string)> done) = 0;
};

}  // namespace studio::services
