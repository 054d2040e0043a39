#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace studio {

/// An identifier that cannot be confused with another kind's. `Tag` is an empty struct. The text is
/// opaque: whoever reads it from outside validates it first.
template <class Tag>
class StrongId {
public:
    StrongId() = default;
    explicit StrongId(std::string text) : text_(std::move(text)) {}

    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] bool empty() const { return text_.empty(); }

    auto operator<=>(const StrongId&) const = default;

private:
    std::string text_;
};

using CallId = StrongId<struct CallTag>;
using TenantId = StrongId<struct TenantTag>;
using AgentId = StrongId<struct AgentTag>;
using ApiKeyId = StrongId<struct ApiKeyTag>;

}  // namespace studio

template <class Tag>
struct std::hash<studio::StrongId<Tag>> {
    std::size_t operator()(const studio::StrongId<Tag>& id) const noexcept {
        return std::hash<std::string_view>{}(id.text());
    }
};
