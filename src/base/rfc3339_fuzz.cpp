#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/rfc3339.hpp"

/// A moment that is read is written and read again as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (const auto time = studio::parse_rfc3339(studio::text_of({data, size}))) {
        STUDIO_CHECK(studio::parse_rfc3339(studio::to_rfc3339(*time)) == time,
                     "a moment that was written is read as it was");
    }
    return 0;
}
