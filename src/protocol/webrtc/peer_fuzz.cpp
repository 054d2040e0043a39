#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/entropy.hpp"
#include "protocol/sdp/sample_offers.hpp"
#include "protocol/stun/message.hpp"
#include "protocol/webrtc/peer.hpp"

namespace {

using namespace studio;

/// A peer whose ICE password the fuzzer's driver knows, so that datagrams reach DTLS as well.
webrtc::AcceptedPeer accept(Entropy& entropy) {
    static const auto identity = webrtc::make_identity();
    webrtc::PeerOptions options;
    options.identity = identity;
    options.entropy = &entropy;
    options.local_addresses = {net::Address::from_v4(0x7F000001, 4000)};
    auto accepted = webrtc::Peer::accept(sdp::samples::chromium, options, Instant{});
    STUDIO_CHECK(accepted.has_value(), "the sample is acceptable");
    return std::move(*accepted);
}

void introduce(const webrtc::AcceptedPeer& accepted, const net::Address& source) {
    constexpr std::string_view label = "a=ice-pwd:";
    const std::size_t start = accepted.answer_sdp.find(label) + label.size();
    const std::string password =
        accepted.answer_sdp.substr(start, accepted.answer_sdp.find('\r', start) - start);
    Bytes request;
    stun::MessageWriter writer(request, stun::MessageClass::request, {});
    writer.username(accepted.peer->local_ufrag() + ":EsAw");
    writer.priority(1);
    writer.use_candidate();
    writer.finish(password);
    accepted.peer->handle_datagram(source, request, Instant{});
}

}  // namespace

/// The input is a list of datagrams, each behind two bytes: its size and what comes before it
/// (time, another source).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    SeededEntropy entropy(1);
    const webrtc::AcceptedPeer accepted = accept(entropy);
    const net::Address known = net::Address::from_v4(0xC0000201, 5000);
    introduce(accepted, known);
    Instant now{};
    ByteReader reader({data, size});
    while (reader.remaining() > 2) {
        const std::size_t length = std::size_t{reader.u8()} * 4;
        const std::uint8_t action = reader.u8();
        const ByteView view = reader.bytes(std::min(length, reader.remaining()));
        Bytes datagram(view.begin(), view.end());
        now += milliseconds(action & 0x7FU);
        const net::Address source =
            (action & 0x80U) != 0 ? net::Address::from_v4(0xC0000202, 5000) : known;
        static_cast<void>(webrtc::parse_target_ufrag(datagram));
        accepted.peer->handle_datagram(source, datagram, now);
        if (const auto next = accepted.peer->next_deadline(); next && *next <= now) {
            accepted.peer->handle_timeout(now);
        }
        while (const auto output = accepted.peer->poll_output()) {
            STUDIO_CHECK(!std::holds_alternative<webrtc::Connected>(*output),
                         "nobody finishes the handshake by chance");
        }
    }
    return 0;
}
