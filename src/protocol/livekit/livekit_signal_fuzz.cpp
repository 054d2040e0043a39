// The server's messages against the whole signalling session, with time and cuts between them.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "protocol/livekit/signal_session.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace studio;
    livekit::SignalSession session({});
    Instant now{};
    session.join("v=0", "track", now);
    ByteReader reader(ByteView(data, size));
    while (reader.remaining() > 2) {
        const std::uint8_t order = reader.u8();
        const ByteView bytes = reader.bytes(std::min<std::size_t>(reader.u8(), reader.remaining()));
        now += milliseconds(order);
        switch (order % 8) {
            case 0:
                session.handle_end(order > 128 ? 404 : 0, now);
                break;
            case 1:
                session.handle_timeout(now);
                break;
            case 2:
                session.media_connected();
                break;
            case 3:
                session.media_lost(now);
                break;
            default:
                session.handle_message(bytes, now);
        }
        while (const auto output = session.poll_output()) {
            if (std::holds_alternative<livekit::SignalRejoin>(*output)) {
                session.join("v=0", "track", now);
            } else if (std::holds_alternative<livekit::SignalOfferWanted>(*output)) {
                session.offer("v=0", now);
            }
        }
    }
    return 0;
}
