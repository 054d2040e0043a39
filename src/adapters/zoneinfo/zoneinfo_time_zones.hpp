#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "ports/time_zones.hpp"

namespace studio::adapters {

struct ZoneinfoOptions {
    /// Where the system keeps the compiled database (Debian: tzdata).
    std::string folder = "/usr/share/zoneinfo";
    /// One zone's file; the largest has 4 kB.
    std::size_t file_bytes_max = 64U << 10U;
    /// Zones that are kept, 4 kB each at most; the world has some 600 names. More is no zone.
    std::size_t zones_max = 1'000;
};

/// The system's time zone database. A file is read on the first use of its zone, in well under a
/// millisecond, and kept; `UTC` is known without a file. Loop thread only.
class ZoneinfoTimeZones final : public TimeZones {
public:
    explicit ZoneinfoTimeZones(ZoneinfoOptions options = {});

    [[nodiscard]] std::shared_ptr<const core::ZoneRules> find(std::string_view name) override;

private:
    [[nodiscard]] std::shared_ptr<const core::ZoneRules> read(const std::string& name) const;

    ZoneinfoOptions options_;
    std::map<std::string, std::shared_ptr<const core::ZoneRules>, std::less<>> known_;
};

}  // namespace studio::adapters
