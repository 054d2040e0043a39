#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/entropy.hpp"
#include "ports/http_client.hpp"
#include "protocol/webrtc/peer.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/udp_socket.hpp"
#include "talk.hpp"

namespace studio::bench {

/// What all callers of a run share.
struct BenchPlan {
    std::string server;
    std::string api_key;
    std::string agent;
    std::shared_ptr<const webrtc::Identity> identity;
    TalkPlan talk;
};

/// A caller over WebRTC, straight to the server. One loop.
class BenchCaller {
public:
    /// Borrows everything, which outlives it.
    BenchCaller(runtime::AsioLoop& loop, HttpClient& http, const BenchPlan& plan);
    ~BenchCaller();
    BenchCaller(const BenchCaller&) = delete;
    BenchCaller& operator=(const BenchCaller&) = delete;

    void start();
    /// Says goodbye; the figures stay.
    void stop();
    [[nodiscard]] const TalkFigures& figures() const { return talk_.figures(); }

private:
    void post(const std::string& path, const std::string& type, std::string body,
              void (BenchCaller::*next)(const std::string& body));
    void on_created(const std::string& body);
    void on_answer(const std::string& sdp);
    void on_datagram(const runtime::UdpAddress& source, ByteView datagram);
    void drain();
    void on_tick();

    runtime::AsioLoop& loop_;
    HttpClient& http_;
    const BenchPlan& plan_;
    SystemEntropy entropy_;
    std::unique_ptr<runtime::UdpSocket> socket_;
    std::unique_ptr<webrtc::Peer> peer_;
    std::unique_ptr<HttpExchange> exchange_;
    std::unique_ptr<runtime::Timer> peer_timer_;
    std::unique_ptr<runtime::Timer> tick_timer_;
    Talk talk_;
    Bytes buffer_;
    Instant next_tick_{};
    std::uint32_t timestamp_ = 0;
};

}  // namespace studio::bench
