#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace studio {

/// Where a live event stands among those of its tenant: each has a greater one than the event
/// before. Written `<time>-<number>`; clients keep it as an opaque text.
struct LiveId {
    /// Milliseconds since 1970, by the clock of whoever gives the ids; never goes back.
    std::uint64_t time_ms = 0;
    /// Tells those of one millisecond apart.
    std::uint64_t number = 0;

    auto operator<=>(const LiveId&) const = default;

    [[nodiscard]] std::string text() const;
};

/// Nothing for whatever text() does not write: two numbers of at most 20 digits each.
[[nodiscard]] std::optional<LiveId> parse_live_id(std::string_view text);

}  // namespace studio
