#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/entropy.hpp"
#include "base/sensitive.hpp"
#include "ports/web_socket.hpp"
#include "protocol/livekit/signal_session.hpp"
#include "protocol/webrtc/peer.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/udp_socket.hpp"
#include "talk.hpp"

namespace studio::bench {

/// What all callers of a run share, and borrow.
struct RoomPlan {
    runtime::AsioLoop& loop;
    WebSocketClient& sockets;
    std::string url;
    std::shared_ptr<const webrtc::Identity> identity = webrtc::make_identity();
    TalkPlan talk{};
};

/// How far a caller had come when, in milliseconds after its start.
struct RoomTimes {
    std::optional<double> connected_ms;
    /// The agent is in the room.
    std::optional<double> agent_ms;
};

/// A caller in a LiveKit room. It enters once and does not come back when it is cut. One loop.
class RoomCaller final : private WebSocketListener {
public:
    /// `plan` outlives it. `token` carries the room and asks for the agent.
    RoomCaller(const RoomPlan& plan, Secret<std::string> token);
    ~RoomCaller() override;
    RoomCaller(const RoomCaller&) = delete;
    RoomCaller& operator=(const RoomCaller&) = delete;

    void start();
    /// Leaves the room; the figures stay.
    void stop();
    [[nodiscard]] const TalkFigures& figures() const { return talk_.figures(); }
    [[nodiscard]] const RoomTimes& times() const { return times_; }

private:
    void on_web_socket_open() override {}
    void on_web_socket_message(std::string_view bytes, WebSocketMessage kind) override;
    void on_web_socket_end(const WebSocketEnd& end) override;

    void on(const livekit::SignalConnect& output);
    void on(const livekit::SignalDisconnect& output);
    void on(const livekit::SignalSend& output);
    void on(const livekit::SignalAnswer& output);
    void on(const livekit::SignalCandidate& output);
    void on(const livekit::SignalOfferWanted& output);
    void on(const livekit::SignalRejoin& output);
    void on(const livekit::SignalCheckRoom& output);
    void on(const livekit::SignalCallerAway& output);
    void on(const livekit::SignalSubscribed& output);
    void on(const livekit::SignalCaller& output);
    void on(const livekit::SignalEnded& output);

    [[nodiscard]] bool open_peer();
    [[nodiscard]] double elapsed_ms() const;
    void drive();
    void drain();
    void on_tick();

    const RoomPlan& plan_;
    SystemEntropy entropy_;
    livekit::SignalSession signal_;
    Talk talk_;
    RoomTimes times_;
    std::unique_ptr<WebSocket> web_socket_;
    std::unique_ptr<runtime::UdpSocket> udp_socket_;
    std::unique_ptr<webrtc::Peer> peer_;
    std::unique_ptr<runtime::Timer> signal_timer_;
    std::unique_ptr<runtime::Timer> peer_timer_;
    std::unique_ptr<runtime::Timer> tick_timer_;
    bool is_driving_ = false;
    bool is_stopping_ = false;
    Instant started_{};
    Instant next_tick_{};
    std::uint64_t media_time_ = 0;
};

}  // namespace studio::bench
