#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/interface.hpp"
#include "base/sensitive.hpp"

namespace studio {

/// Keeps secrets that must be read again, such as those that we sign with: what it gives may lie in
/// a database. On one loop.
class SecretBox : public Interface {
public:
    [[nodiscard]] virtual std::string seal(const Secret<std::string>& secret) const = 0;
    /// Nothing where no key that we have opens it, or it was changed.
    [[nodiscard]] virtual std::optional<Secret<std::string>> open(
        std::string_view sealed) const = 0;
};

}  // namespace studio
