#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "core/capacity/day.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto days = studio::core::parse_days({reinterpret_cast<const char*>(data), size});
    if (days) {
        STUDIO_CHECK(days->arrivals.size() <= studio::core::recorded_minutes_max, "a bound");
        STUDIO_CHECK(days->arrivals.size() == days->holding.size(), "one length a minute");
        STUDIO_CHECK(days->mean_holding(studio::seconds(1)) >= studio::seconds(1), "no length");
    }
    return 0;
}
