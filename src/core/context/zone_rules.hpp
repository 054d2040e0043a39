#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace studio::core {

/// Why bytes are no time zone.
enum class ZoneError : std::uint8_t {
    /// No TZif header, or a version before 2, which knows no time after 2037.
    not_tzif,
    /// The counts of the header promise more than there is, or more than any zone has.
    truncated,
    /// A type that does not exist, times out of order, an offset beyond 26 hours.
    malformed,
};

/// How far the clocks of one place are ahead of UTC at any moment: a file of the IANA time zone
/// database (TZif, RFC 8536), as a plain value without the database. An empty one is UTC.
class ZoneRules {
public:
    ZoneRules() = default;

    /// Reads one TZif file of version 2 or later. The bytes are hostile; at most 2,000 transitions
    /// (the longest zone has 240).
    [[nodiscard]] static Result<ZoneRules, ZoneError> parse(std::string_view tzif);

    /// Local time less UTC.
    [[nodiscard]] seconds offset_at(WallTime time) const;

private:
    /// A day of each year, and the second of local time on it (RFC 8536, section 3.3.1; POSIX TZ).
    struct Change {
        enum class Kind : std::uint8_t { julian_without_leap, day_of_year, weekday_of_month };
        Kind kind = Kind::weekday_of_month;
        int day = 0;
        int week = 0;
        int month = 0;
        seconds at{7'200};
    };
    /// What holds after the last transition.
    struct Footer {
        seconds standard{0};
        seconds summer{0};
        /// Summer time begins and ends; nothing where there is none.
        std::optional<std::array<Change, 2>> changes;
    };
    struct Transition {
        std::int64_t at = 0;
        seconds offset{0};
    };
    class Reader;
    class FooterReader;

    [[nodiscard]] static seconds moment_of(const Change& change, int year);
    [[nodiscard]] seconds footer_offset(std::int64_t time) const;

    seconds first_{0};
    std::vector<Transition> transitions_;
    std::optional<Footer> footer_;
};

}  // namespace studio::core
