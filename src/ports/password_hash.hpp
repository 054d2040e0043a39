#pragma once

#include <cstdint>
#include <string>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "base/task.hpp"

namespace studio {

enum class PasswordHashError : std::uint8_t {
    /// Too many at once; may succeed later.
    busy,
    /// No memory, or the hash cannot be read.
    failed,
};

/// A slow hash of passwords. The tasks take tens of milliseconds of a processor, never on a loop.
class PasswordHash : public Interface {
public:
    /// A text that holds salt and cost, fit to be stored.
    [[nodiscard]] virtual Task<Result<std::string, PasswordHashError>> make(
        Secret<std::string> password) = 0;
    /// Whether `hash` was made of the password; in constant time, and as long as make() where the
    /// hash is one of ours, whatever the outcome.
    [[nodiscard]] virtual Task<Result<bool, PasswordHashError>> verify(Secret<std::string> password,
                                                                       std::string hash) = 0;
};

}  // namespace studio
