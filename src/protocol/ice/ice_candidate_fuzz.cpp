#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "protocol/ice/candidate.hpp"

/// Any line: what is read is usable, and reads back the same from what we write.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto candidate = studio::ice::parse_candidate(studio::text_of({data, size}));
    if (candidate) {
        STUDIO_CHECK(candidate->address.is_unicast(), "only places that a call may use");
        const auto again =
            studio::ice::parse_candidate(studio::ice::serialize_candidate(*candidate));
        STUDIO_CHECK(again && *again == *candidate, "what is written reads back");
    }
    return 0;
}
