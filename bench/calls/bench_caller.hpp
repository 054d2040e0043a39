#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/entropy.hpp"
#include "ports/http_client.hpp"
#include "protocol/webrtc/peer.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/udp_socket.hpp"

namespace studio::bench {

/// What all callers of a run share. The packets are encoded once, so that a caller costs little
/// more than its encryption.
struct BenchPlan {
    std::string server;
    std::string api_key;
    std::string agent;
    std::shared_ptr<const webrtc::Identity> identity;
    /// One utterance as 20 ms Opus packets, and a packet of silence for the time between.
    std::vector<Bytes> speech;
    Bytes silence;
    /// The agent has finished when no packet of it came for so long.
    milliseconds patience{800};
    /// Only what happens from then on counts.
    Instant measure_from{};
};

/// What one caller measured from outside.
struct BenchFigures {
    bool connected = false;
    bool lost = false;
    std::uint64_t packets_received = 0;
    /// Packets that came more than 10 ms after the time that their RTP timestamp says, counted from
    /// the earliest of their talkspurt.
    std::uint64_t packets_late = 0;
    /// Last speech sample sent to first packet of the answer, in milliseconds.
    std::vector<double> mouth_to_ear_ms;
    /// POST /calls to the first packet of the greeting, in milliseconds.
    std::optional<double> greeting_ms;
    /// Lines that got no answer within eight seconds.
    std::uint64_t unanswered = 0;
};

/// A caller that talks in turns until it is stopped: listens, says its utterance, waits for the
/// answer. It sends a packet every 20 ms, as a browser does. One loop.
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
    [[nodiscard]] const BenchFigures& figures() const { return figures_; }

private:
    void post(const std::string& path, const std::string& type, std::string body,
              void (BenchCaller::*next)(const std::string& body));
    void on_created(const std::string& body);
    void on_answer(const std::string& sdp);
    void on_datagram(const runtime::UdpAddress& source, ByteView datagram);
    void drain();
    void on_packet(const webrtc::AudioReceived& packet);
    void on_tick();
    void listen();
    void send(const Bytes& packet);

    runtime::AsioLoop& loop_;
    HttpClient& http_;
    const BenchPlan& plan_;
    SystemEntropy entropy_;
    std::unique_ptr<runtime::UdpSocket> socket_;
    std::unique_ptr<webrtc::Peer> peer_;
    std::unique_ptr<HttpExchange> exchange_;
    std::unique_ptr<runtime::Timer> peer_timer_;
    std::unique_ptr<runtime::Timer> tick_timer_;
    BenchFigures figures_;
    Bytes buffer_;
    Instant started_{};
    Instant next_tick_{};
    std::uint32_t timestamp_ = 0;
    std::optional<std::size_t> speech_index_;
    std::optional<Instant> spoken_at_;
    std::optional<Instant> last_heard_;
    Instant listening_since_{};
    bool agent_spoke_ = false;
    std::uint32_t talkspurt_timestamp_ = 0;
    Instant talkspurt_origin_{};
};

}  // namespace studio::bench
