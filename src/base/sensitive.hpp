#pragma once

#include <utility>

namespace studio {

/// A value that must never reach a log, an error message or a trace. It has no conversion and no
/// stream operator, so that printing one does not compile; `reveal()` marks each use.
template <class Value, class Kind>
class Sensitive {
public:
    Sensitive() = default;
    explicit Sensitive(Value value) : value_(std::move(value)) {}

    [[nodiscard]] const Value& reveal() const { return value_; }

    friend bool operator==(const Sensitive&, const Sensitive&) = default;

private:
    Value value_{};
};

/// Keys, passwords, tokens.
template <class Value>
using Secret = Sensitive<Value, struct SecretKind>;

/// What tells of a person: phone numbers, names, what was said.
template <class Value>
using Pii = Sensitive<Value, struct PiiKind>;

}  // namespace studio
