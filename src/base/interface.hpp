#pragma once

namespace studio {

/// Base of every abstract role: not copyable, not movable, destroyed through the base. It exists so
/// that these five lines are written once.
class Interface {
public:
    Interface(const Interface&) = delete;
    Interface& operator=(const Interface&) = delete;
    virtual ~Interface() = default;

protected:
    Interface() = default;
};

}  // namespace studio
