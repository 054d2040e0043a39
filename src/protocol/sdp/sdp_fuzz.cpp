#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "protocol/sdp/session_description.hpp"

/// Any text: bounded, and what was read survives being written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto description = studio::sdp::parse_description(studio::text_of({data, size}));
    if (!description) {
        return 0;
    }
    STUDIO_CHECK(description->media.size() <= studio::sdp::sections_max, "sections are bounded");
    const std::string text = studio::sdp::serialize_description(*description);
    if (text.size() <= studio::sdp::description_bytes_max) {
        const auto again = studio::sdp::parse_description(text);
        STUDIO_CHECK(again.has_value(), "what is written can be read");
        STUDIO_CHECK(studio::sdp::serialize_description(*again) == text,
                     "what is written reads back the same");
    }
    return 0;
}
