#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "core/context/zone_rules.hpp"

/// Any bytes are refused or are rules that answer for any time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using studio::core::ZoneRules;
    const auto rules = ZoneRules::parse({reinterpret_cast<const char*>(data), size});
    if (rules) {
        for (const std::int64_t day : {-800'000, -1, 0, 20'000, 30'000, 500'000}) {
            const auto offset = rules->offset_at(studio::WallTime(std::chrono::days(day)));
            STUDIO_CHECK(offset > -std::chrono::hours(400) && offset < std::chrono::hours(400),
                         "an offset is within what its text can say");
        }
    }
    return 0;
}
