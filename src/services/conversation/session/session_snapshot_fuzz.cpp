#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "services/conversation/session/session_snapshot.hpp"

/// What is accepted is written and read again without a difference.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto snapshot = studio::services::parse_snapshot(text);
    if (snapshot) {
        const std::string written = studio::services::serialize_snapshot(*snapshot);
        const auto again = studio::services::parse_snapshot(written);
        if (written.size() <= studio::services::SessionSnapshot::bytes_max) {
            STUDIO_CHECK(again.has_value(), "a snapshot that was read can be read again");
            STUDIO_CHECK(studio::services::serialize_snapshot(*again) == written,
                         "a snapshot is read as it was written");
        }
    }
    return 0;
}
