#include <array>
#include <variant>

#include "base/check.hpp"
#include "protocol/rtp/rtcp.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace studio;
    rtp::RtcpReader reader({data, size});
    while (const auto item = reader.next()) {
        // What was read can be written and read again.
        std::array<std::uint8_t, 2048> buffer{};
        rtp::RtcpWriter writer(buffer);
        std::visit([&writer](const auto& value) { writer.write(value); }, *item);
        STUDIO_CHECK(writer.ok(), "every item fits");
        if (writer.size() > 0) {
            rtp::RtcpReader again({buffer.data(), writer.size()});
            const auto same = again.next();
            STUDIO_CHECK(same && same->index() == item->index(), "written as it was read");
        }
    }
    return 0;
}
