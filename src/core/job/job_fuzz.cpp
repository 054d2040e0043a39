#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "core/job/job.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto job = studio::core::parse_job({reinterpret_cast<const char*>(data), size});
    if (job) {
        const auto again = studio::core::parse_job(studio::core::serialize_job(*job));
        STUDIO_CHECK(!again || *again == *job, "a job that is written reads the same");
    }
    return 0;
}
