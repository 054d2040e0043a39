// A hostile participant's data packets.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "protocol/livekit/data_packet.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace studio::livekit;
    const auto packet = parse_data_packet({data, size});
    if (packet) {
        if (const auto* digit = std::get_if<DigitPacket>(&packet->content)) {
            // What is told as a key can be sent as one.
            DataPacketWriter writer;
            if (writer.make_digit(digit->digit).empty()) {
                std::abort();
            }
        }
    }
    return 0;
}
