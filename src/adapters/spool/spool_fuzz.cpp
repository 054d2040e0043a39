#include "adapters/spool/spool_format.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace studio;
    const auto chunk = adapters::parse_spool(ByteView(data, size));
    std::size_t total = 0;
    for (const adapters::SpoolEntry& entry : chunk.entries) {
        total += entry.bytes;
        // What was read can be written and read again.
        const Bytes bytes = adapters::serialize_spool_entry(entry);
        STUDIO_CHECK(bytes.empty() || adapters::parse_spool(bytes).entries.size() == 1,
                     "an entry survives being written");
    }
    STUDIO_CHECK(total <= size, "entries lie within the bytes");
    return 0;
}
