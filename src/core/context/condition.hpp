#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "core/context/value_source.hpp"

namespace studio::core {

struct ConditionError {
    /// Where in the text, in bytes.
    std::size_t offset = 0;
    std::string message;
};

/// A checked condition over a source's values (docs/adr/0005):
///
///   or         := and { "or" and }
///   and        := not { "and" not }
///   not        := "not" not | comparison
///   comparison := operand [ ("==" | "!=" | "<" | "<=" | ">" | ">=") operand ]
///   operand    := "(" or ")" | 'text' | "text" | number | true | false | null | path | {{path}}
///
/// A plain value, evaluated without allocation beyond texts; thread-compatible.
class Condition {
public:
    /// At most 1,024 bytes, 64 operands and operators, and 16 levels of `not` and brackets.
    [[nodiscard]] static Result<Condition, ConditionError> parse(std::string_view text);

    /// Missing, null, false, 0, "" and empty lists and objects do not hold. Numbers compare by
    /// value, also where one side is a text that is a number; `<` and its kin are false for
    /// anything else.
    [[nodiscard]] bool holds(const ValueSource& source) const;

    /// As it was written.
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    friend class ConditionParser;

    enum class Kind : std::uint8_t { constant, path, negation, both, either, compare };
    enum class Order : std::uint8_t { equal, unequal, less, less_equal, greater, greater_equal };
    struct Node {
        Kind kind = Kind::constant;
        Order order = Order::equal;
        Json constant = {};
        std::string path = {};
        std::size_t left = 0;
        std::size_t right = 0;
    };

    [[nodiscard]] bool truth(std::size_t node, const ValueSource& source) const;
    [[nodiscard]] const Json* value(std::size_t node, const ValueSource& source) const;
    [[nodiscard]] bool compare(const Node& node, const ValueSource& source) const;

    std::string text_;
    std::vector<Node> nodes_;
    std::size_t root_ = 0;
};

/// Whether a value counts as true in a condition; nullptr does not.
[[nodiscard]] bool is_truthy(const Json* value);

}  // namespace studio::core
