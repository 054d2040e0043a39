#include "adapters/webrtc/webrtc_caller.hpp"

#include <utility>

#include "adapters/webrtc/udp_address.hpp"

namespace studio::adapters {
namespace {

/// The answer without its candidates.
std::string strip_candidates(std::string_view sdp) {
    std::string result;
    while (!sdp.empty()) {
        const std::size_t end = sdp.find('\n');
        const std::string_view line =
            sdp.substr(0, end == std::string_view::npos ? sdp.size() : end + 1);
        if (!line.starts_with("a=candidate:")) {
            result += line;
        }
        sdp.remove_prefix(line.size());
    }
    return result;
}

/// RFC 8839, section 5.1; the priority is that of a host candidate.
std::string make_candidate(const net::Address& address) {
    return "candidate:1 1 udp 2130706431 " + address.ip_text() + ' ' +
           std::to_string(address.port()) + " typ host";
}

}  // namespace

Result<std::unique_ptr<WebrtcCaller>, std::string> WebrtcCaller::open(
    runtime::AsioLoop& loop, Entropy& entropy, std::shared_ptr<const webrtc::Identity> identity,
    WebrtcCallerOptions options) {
    auto caller = std::make_unique<WebrtcCaller>(std::move(options));
    auto socket = runtime::UdpSocket::open(
        loop, {.name = "caller"},
        [self = caller.get()](const runtime::UdpAddress& source, ByteView datagram) {
            self->media_->handle_datagram(to_address(source), datagram);
        });
    if (!socket) {
        return fail(std::string("no UDP socket can be opened on this machine"));
    }
    caller->socket_ = std::move(*socket);
    webrtc::OfferOptions offer;
    offer.peer.identity = std::move(identity);
    offer.peer.entropy = &entropy;
    offer.peer.codecs = caller->options_.codecs;
    offer.peer.local_addresses =
        host_addresses(caller->options_.local_addresses, caller->socket_->local_address().port);
    offer.channel_labels = {caller->options_.media.events_label};
    caller->media_ =
        std::make_unique<WebrtcMedia>(loop, *caller, webrtc::Peer::make_offer(offer, loop.now()),
                                      caller->options_.media, entropy);
    return caller;
}

WebrtcCaller::WebrtcCaller(WebrtcCallerOptions options) : options_(std::move(options)) {}

WebrtcCaller::~WebrtcCaller() = default;

const std::string& WebrtcCaller::offer_sdp() {
    return media_->peer().offer_sdp();
}

bool WebrtcCaller::handle_answer(std::string_view answer_sdp, Instant now) {
    webrtc::Peer& peer = media_->peer();
    bool accepted = false;
    if (options_.via) {
        accepted = peer.handle_answer(strip_candidates(answer_sdp), now).has_value();
        peer.add_remote_candidate(make_candidate(*options_.via), now);
    } else {
        accepted = peer.handle_answer(answer_sdp, now).has_value();
    }
    media_->drain();
    return accepted;
}

void WebrtcCaller::send(const net::Address& target, ByteView datagram) {
    socket_->send(to_udp_address(target), datagram);
}

// All that arrives on the caller's own socket is for its one peer.
void WebrtcCaller::learn(const net::Address&, WebrtcMedia&) {}

void WebrtcCaller::forget(WebrtcMedia&) {}

}  // namespace studio::adapters
