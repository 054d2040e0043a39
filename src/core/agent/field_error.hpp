#pragma once

#include <string>

namespace studio::core {

/// One wrong or unknown field, by its dotted path from the root (`config.prompt.system`).
struct FieldError {
    std::string field;
    std::string message;

    friend bool operator==(const FieldError&, const FieldError&) = default;
};

}  // namespace studio::core
