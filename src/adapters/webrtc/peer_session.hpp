#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>

#include "adapters/webrtc/early_messages.hpp"
#include "adapters/webrtc/webrtc_options.hpp"
#include "base/interface.hpp"
#include "base/live_count.hpp"
#include "base/metric.hpp"
#include "ports/call_media.hpp"
#include "protocol/audio_path/inbound_mix.hpp"
#include "protocol/audio_path/outbound_audio.hpp"
#include "protocol/webrtc/peer.hpp"
#include "runtime/asio_loop.hpp"

namespace studio::adapters {

class PeerSession;

/// What a session needs from the socket's owner. Outlives the session's connection: the owner calls
/// leave_network() before it goes away.
class PeerNetwork : public Interface {
public:
    virtual void send(const net::Address& target, ByteView datagram) = 0;
    /// From now on datagrams of `source` are for `session`.
    virtual void learn(PeerSession& session, const net::Address& source) = 0;
    /// The connection is over: nothing more comes from or goes to `session`.
    virtual void forget(PeerSession& session) = 0;
    /// A message on another channel than events_channel. Valid in the call.
    virtual void on_channel_message(PeerSession& /*session*/, std::string_view /*label*/,
                                    ByteView /*bytes*/) {}
};

struct PeerSessionOptions {
    runtime::AsioLoop& loop;
    PeerNetwork& network;
    std::unique_ptr<webrtc::Peer> peer;
    const WebrtcOptions& settings;
    /// Where in each 20 ms this call's tick lies, so that the calls of a loop take turns.
    milliseconds tick_offset{0};
};

/// Drives one webrtc::Peer: datagrams and time in, datagrams, frames and events out. Held by shared
/// pointers, because a listener may let go of its call in the middle of an event. Loop thread only.
///
///     created --Connected--> ticking every 20 ms --Closed--> over
///        |                                                     ^
///        +--------------------- Closed ------------------------+
///     start(listener) at any time: events that came before are kept until then.
class PeerSession final : public std::enable_shared_from_this<PeerSession>,
                          public LiveCount<PeerSession> {
public:
    explicit PeerSession(PeerSessionOptions options);
    ~PeerSession();
    PeerSession(const PeerSession&) = delete;
    PeerSession& operator=(const PeerSession&) = delete;

    void start(CallMediaListener& listener);
    /// On the events channel. What is sent before it is open waits for that (EarlyMessages).
    void send_message(std::string_view text);
    /// Says goodbye; MediaClosed{local} follows later, never from inside.
    void close();
    /// The owner of the call let go: says goodbye, and no event or frame comes any more.
    void detach();
    /// The socket goes away without a goodbye.
    void leave_network() { network_ = nullptr; }

    void handle_datagram(const net::Address& source, std::span<std::uint8_t> datagram);
    /// Takes the peer's outputs; after each call that the owner makes to peer() itself.
    void drive();

    /// Sends a binary message on a channel; before it is open the message waits for that, too.
    /// False where it is lost.
    bool send_binary(std::string_view label, ByteView bytes);

    [[nodiscard]] webrtc::Peer& peer() { return *peer_; }
    [[nodiscard]] MediaStats stats() const;
    [[nodiscard]] milliseconds tick_offset() const { return tick_offset_; }

private:
    void on_output(const webrtc::Transmit& output);
    void on_output(const webrtc::AddressLearned& output);
    void on_output(const webrtc::Connected& output);
    void on_output(const webrtc::AudioReceived& output);
    void on_output(const webrtc::DigitReceived& output);
    void on_output(const webrtc::ChannelOpened& output);
    void on_output(const webrtc::MessageReceived& output);
    void on_output(const webrtc::Closed& output);

    void drain();
    void finish();
    void arm_peer_timer();
    void on_peer_timer();
    void raise(MediaEvent event);
    void deliver_events();
    void start_ticks();
    void on_tick_timer();
    void tick();
    void adapt_to_loss();
    void watch_peer(Instant now);

    runtime::AsioLoop& loop_;
    PeerNetwork* network_;
    std::unique_ptr<webrtc::Peer> peer_;
    audio::OpusEncoderOptions opus_options_;
    audio_path::InboundMixOptions mix_options_;
    milliseconds tick_offset_;
    CallMediaListener* listener_ = nullptr;
    EarlyMessages early_messages_;
    std::deque<MediaEvent> events_;
    std::optional<audio_path::InboundMix> inbound_;
    std::optional<audio_path::OutboundAudio> outbound_;
    std::unique_ptr<runtime::Timer> peer_timer_;
    Deadline peer_timer_at_;
    std::unique_ptr<runtime::Timer> event_timer_;
    std::unique_ptr<runtime::Timer> tick_timer_;
    Instant next_tick_{};
    std::uint64_t tick_count_ = 0;
    std::uint64_t frames_late_ = 0;
    std::uint64_t frames_gapped_ = 0;
    bool over_ = false;
    // When anything at all came.
    milliseconds away_after_;
    Instant last_datagram_at_{};
    bool is_away_ = false;
    Counter& frames_total_;
    Counter& frames_late_total_;
};

}  // namespace studio::adapters
