#pragma once

#include <functional>
#include <string>

#include "base/interface.hpp"

namespace studio::services {

/// What a tool may do with the telephone on the other side. On the call's loop.
class Telephone : public Interface {
public:
    /// Whether there is one.
    [[nodiscard]] virtual bool is_there() const = 0;
    /// 0-9, *, #, A-D.
    virtual void press(char key) = 0;
    /// Hands the caller over to another number. `done` is called once, later, with a word for why
    /// it failed, empty where it was done; not after the session is gone.
    virtual void transfer(std::string target, std::function<void(std::string)> done) = 0;
};

}  // namespace studio::services
