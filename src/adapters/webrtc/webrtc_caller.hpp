#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/webrtc/webrtc_media.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/udp_socket.hpp"

namespace studio::adapters {

struct WebrtcCallerOptions {
    /// Numeric addresses that we offer; empty means those of this machine's interfaces.
    std::vector<std::string> local_addresses;
    /// What we can speak, best first.
    std::vector<webrtc::AudioCodec> codecs = {webrtc::AudioCodec::opus, webrtc::AudioCodec::pcmu,
                                              webrtc::AudioCodec::pcma};
    /// Sends to this address instead of the answer's candidates: through a relay, for tests.
    std::optional<net::Address> via;
    WebrtcMediaOptions media;
};

/// The offering side of a call, with a UDP socket of its own: full ICE, controlling. Loop thread
/// only.
class WebrtcCaller final : public DatagramPath {
public:
    /// `loop` and `entropy` outlive it. The error is one line for people.
    [[nodiscard]] static Result<std::unique_ptr<WebrtcCaller>, std::string> open(
        runtime::AsioLoop& loop, Entropy& entropy, std::shared_ptr<const webrtc::Identity> identity,
        WebrtcCallerOptions options);

    explicit WebrtcCaller(WebrtcCallerOptions options);
    ~WebrtcCaller() override;

    /// application/sdp, to be sent to the other side.
    [[nodiscard]] const std::string& offer_sdp();
    /// The other side's answer, once. False where it cannot be read or offers nothing that we can
    /// use.
    [[nodiscard]] bool handle_answer(std::string_view answer_sdp, Instant now);
    [[nodiscard]] CallMedia& media() { return *media_; }

    void send(const net::Address& target, ByteView datagram) override;
    void learn(const net::Address& source, WebrtcMedia& media) override;
    void forget(WebrtcMedia& media) override;

private:
    WebrtcCallerOptions options_;
    std::unique_ptr<runtime::UdpSocket> socket_;
    std::unique_ptr<WebrtcMedia> media_;
};

}  // namespace studio::adapters
