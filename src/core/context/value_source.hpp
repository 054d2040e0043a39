#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"

namespace studio::core {

/// Where templates and conditions look up the values that they name. Pure; thread-compatible. Not
/// an Interface, because sources such as CallContext are values and may be copied.
class ValueSource {
public:
    virtual ~ValueSource() = default;

    /// The value at a dotted path (`user.orders[0].id`), or nullptr where there is none or the path
    /// is malformed. Valid until the source changes.
    [[nodiscard]] virtual const Json* find(std::string_view path) const = 0;

protected:
    ValueSource() = default;
    ValueSource(const ValueSource&) = default;
    ValueSource& operator=(const ValueSource&) = default;
};

/// A plain JSON object as a source; borrows it. For tests and for callers without a CallContext.
class JsonSource final : public ValueSource {
public:
    explicit JsonSource(const JsonObject& root) : root_(root) {}
    [[nodiscard]] const Json* find(std::string_view path) const override;

private:
    const JsonObject& root_;
};

/// Another source with values for paths that it lacks: the defaults of a prompt's variables. A
/// default is found by the exact text of the path. Borrows the other source.
class DefaultedSource final : public ValueSource {
public:
    explicit DefaultedSource(const ValueSource& source) : source_(source) {}
    void add_default(std::string path, Json value) {
        defaults_.emplace_back(std::move(path), std::move(value));
    }
    [[nodiscard]] const Json* find(std::string_view path) const override;

private:
    const ValueSource& source_;
    std::vector<std::pair<std::string, Json>> defaults_;
};

}  // namespace studio::core
