#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adapters/webrtc/webrtc_options.hpp"
#include "base/entropy.hpp"
#include "ports/call_media.hpp"
#include "protocol/webrtc/peer_options.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/udp_socket.hpp"

namespace studio::adapters {

/// The calling side of a WebRTC call, with a UDP socket of its own: full ICE, controlling, one
/// audio section and the events channel. Loop thread only.
///
///     open() -> offer_sdp() to the other side -> handle_answer() -> MediaConnected ... MediaClosed
class WebrtcCaller final : public CallMedia {
public:
    /// The connect timeout counts from here. `entropy` is borrowed and outlives this.
    [[nodiscard]] static Result<std::unique_ptr<WebrtcCaller>, runtime::UdpError> open(
        runtime::AsioLoop& loop, const WebrtcOptions& options,
        std::shared_ptr<const webrtc::Identity> identity, Entropy& entropy);
    ~WebrtcCaller() override;

    /// application/sdp with CRLF line ends.
    [[nodiscard]] const std::string& offer_sdp() const;
    /// Once. After a failure the call can only be closed.
    [[nodiscard]] Result<void, OfferError> handle_answer(std::string_view answer_sdp);
    /// A trickled candidate line of the other side; what cannot be read is ignored.
    void add_remote_candidate(std::string_view line);

    void start(CallMediaListener& listener) override;
    void send_message(std::string_view text) override;
    void close() override;
    [[nodiscard]] MediaStats stats() const override;

private:
    class Network;

    explicit WebrtcCaller(std::unique_ptr<Network> network);

    std::unique_ptr<Network> network_;
};

}  // namespace studio::adapters
