#include "base/check.hpp"
#include "protocol/rtp/demux.hpp"
#include "protocol/rtp/packet.hpp"
#include "protocol/rtp/receiver.hpp"
#include "protocol/rtp/telephone_event.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace studio;
    static_cast<void>(rtp::classify({data, size}));
    static rtp::Receiver receiver({});
    static rtp::TelephoneEventReceiver keys;
    static Instant now{seconds(1)};
    const auto packet = rtp::parse_packet({data, size});
    if (packet) {
        STUDIO_CHECK(packet->payload.size() + packet->padding + packet->csrcs.size() +
                             packet->extension.size() + rtp::packet_header_bytes <=
                         size,
                     "the parts fit into the packet");
        now += milliseconds(packet->payload_type);
        receiver.handle_packet(*packet, now);
        STUDIO_CHECK(receiver.poll_nack(now).size() <= rtp::nack_sequences_max, "bounded");
        static_cast<void>(receiver.make_report(now));
        static_cast<void>(keys.handle_packet(*packet));
    }
    return 0;
}
