#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "adapters/livekit/internal/room_leg.hpp"
#include "adapters/livekit/livekit_options.hpp"
#include "base/live_count.hpp"
#include "ports/call_media.hpp"
#include "ports/media_room.hpp"
#include "ports/web_socket.hpp"
#include "protocol/livekit/data_packet.hpp"
#include "protocol/livekit/signal_session.hpp"
#include "protocol/livekit/text_streams.hpp"
#include "runtime/asio_loop.hpp"

namespace studio::adapters {

struct RoomCallOptions {
    runtime::AsioLoop& loop;
    WebSocketClient& sockets;
    Entropy& entropy;
    LivekitOptions livekit;
    std::shared_ptr<const webrtc::Identity> identity;
    livekit::SignalOptions signal;
    milliseconds tick_offset{0};
    /// For log lines.
    CallId call_id{};
    std::function<bool()> may_return{};
    /// Finds out whether the room is there; nothing where that cannot be found out. Empty where
    /// nobody can tell. What it is given may be called at any time later, on the loop.
    std::function<void(std::function<void(std::optional<bool>)>)> check_room{};
    /// Given back when the call is gone.
    std::shared_ptr<void> place{};
};

/// One participant in one room: drives the signalling and the peer connection, and swaps the latter
/// when the room is entered anew. Held by shared pointers, because a listener may let go of its
/// call in the middle of an event. Loop thread only.
///
///   WebSocket <--> SignalSession <--> RoomCall <--> RoomLeg (present) <--> UDP
///                                        |  \------ RoomLeg (next, while rejoining)
///                                 CallMediaListener
class RoomCall final : public std::enable_shared_from_this<RoomCall>,
                       private WebSocketListener,
                       private RoomLegOwner,
                       public LiveCount<RoomCall> {
public:
    /// Runs once, on the loop, possibly from inside start().
    using OnJoined = std::function<void(Result<void, RoomError>)>;
    using OnText = std::function<void(const livekit::ReceivedText&)>;

    explicit RoomCall(RoomCallOptions options);
    ~RoomCall() override;

    void start(OnJoined on_joined);
    /// Nobody waits for the join any more.
    void forget_joined() { on_joined_ = nullptr; }
    void set_on_text(OnText on_text) { on_text_ = std::move(on_text); }
    void listen(CallMediaListener& listener);
    /// MediaClosed, later, for a call that was never there.
    void close_unjoined();

    void send_message(std::string_view text);
    void send_digit(char digit);
    void show_transcript(const MediaTranscript& transcript);
    void show_agent_state(MediaAgentState state);
    void expect_replacement(bool expected) { signal_.expect_replacement(expected); }
    void close();
    /// The owner let go: leaves the room, and no event or frame comes any more.
    void detach();
    [[nodiscard]] MediaStats stats() const;

private:
    using Event = std::variant<MediaEvent, MediaParticipant>;

    void on_web_socket_open() override {}
    void on_web_socket_message(std::string_view bytes, WebSocketMessage kind) override;
    void on_web_socket_end(const WebSocketEnd& end) override;
    void on_leg_event(RoomLeg& leg, const MediaEvent& event) override;
    bool on_leg_frame(RoomLeg& leg, const InboundFrame& inbound, audio::Frame& outbound,
                      Instant now) override;
    void on_leg_packet(RoomLeg& leg, ByteView packet) override;

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

    void on_chat(const std::string& sender, const std::string& text);
    [[nodiscard]] bool open_leg();
    /// The leg that the signalling is about.
    [[nodiscard]] RoomLeg* signalled_leg() { return next_leg_ ? next_leg_.get() : leg_.get(); }
    void promote();
    void give_up(MediaCloseReason reason);
    void retire(std::unique_ptr<RoomLeg> leg);
    void send_packet(const std::string& packet);
    void joined(Result<void, RoomError> result);
    void drive();
    void arm_timer();
    void raise(Event event);
    void arm_events();
    void deliver_events();

    RoomCallOptions options_;
    livekit::SignalSession signal_;
    std::unique_ptr<WebSocket> socket_;
    std::unique_ptr<RoomLeg> leg_;
    std::unique_ptr<RoomLeg> next_leg_;
    bool is_connected_ = false;
    /// The server is silent, and the caller away with it.
    bool is_leg_away_ = false;
    bool is_over_ = false;
    bool is_driving_ = false;
    OnJoined on_joined_;
    OnText on_text_;
    CallMediaListener* listener_ = nullptr;
    std::deque<Event> events_;
    std::unique_ptr<runtime::Timer> event_timer_;
    std::unique_ptr<runtime::Timer> signal_timer_;
    livekit::DataPacketWriter packets_;
    livekit::TextStreams texts_;
    // Of legs that are gone.
    MediaStats past_;
};

}  // namespace studio::adapters
