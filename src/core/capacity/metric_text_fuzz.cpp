#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "core/capacity/metric_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto sum = studio::core::sum_of_metric({reinterpret_cast<const char*>(data), size}, "a");
    STUDIO_CHECK(!sum || !std::isnan(*sum), "a sum of numbers is one");
    return 0;
}
