#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/live_count.hpp"
#include "ports/call_media.hpp"
#include "protocol/audio_path/inbound_audio.hpp"
#include "protocol/audio_path/outbound_audio.hpp"
#include "protocol/webrtc/peer.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

class WebrtcMedia;

/// The socket under one or many WebrtcMedia. It outlives them.
class DatagramPath : public Interface {
public:
    virtual void send(const net::Address& target, ByteView datagram) = 0;
    /// Datagrams from this address are meant for `media` from now on.
    virtual void learn(const net::Address& source, WebrtcMedia& media) = 0;
    /// `media` goes: nothing may be handed to it any more.
    virtual void forget(WebrtcMedia& media) = 0;
};

struct WebrtcMediaOptions {
    audio::OpusEncoderOptions opus;
    audio::JitterBufferOptions jitter_buffer;
    /// Label of the data channel for events.
    std::string events_label = "events";
    /// A tick this late counts as a late frame: half a frame, which the peer's buffer still hides.
    milliseconds late_after{10};
    /// After a stall of the loop so many ticks are made up for; what is beyond is left out, so that
    /// RTP time and the clock stay together within this.
    int catch_up_ticks_max = 5;
};

/// CallMedia over one WebRTC peer: drives the machine, keeps the 20 ms clock of the call, and turns
/// packets into frames and back. On its loop only.
///
///   datagrams -> Peer -> InboundAudio -> every 20 ms: listener -> OutboundAudio -> Peer ->
///   datagrams
class WebrtcMedia final : public CallMedia, LiveCount<WebrtcMedia> {
public:
    using LiveCount<WebrtcMedia>::live;

    /// `loop` and `path` outlive it; `entropy` is used now only.
    WebrtcMedia(runtime::Loop& loop, DatagramPath& path, std::unique_ptr<webrtc::Peer> peer,
                const WebrtcMediaOptions& options, Entropy& entropy);
    ~WebrtcMedia() override;

    void start(CallMediaListener& listener) override;
    void send_message(std::string_view text) override;
    void close() override;
    [[nodiscard]] MediaStats stats() const override;

    /// A datagram for this peer; copied before it is decrypted.
    void handle_datagram(const net::Address& source, ByteView datagram);
    /// For the offerer: what makes it an offerer is its peer's matter.
    [[nodiscard]] webrtc::Peer& peer() { return *peer_; }
    /// Takes the peer's outputs after somebody else has called it.
    void drain();

private:
    void on_output(const webrtc::PeerOutput& output);
    void on_connected(const webrtc::Connected& connected);
    void on_audio(const webrtc::AudioReceived& packet);
    void on_closed(webrtc::CloseReason reason);
    void arm_peer_timer();
    void on_tick();
    void exchange_frame(Instant now);
    void emit(MediaEvent event);

    runtime::Loop& loop_;
    DatagramPath& path_;
    std::unique_ptr<webrtc::Peer> peer_;
    WebrtcMediaOptions options_;
    std::uint32_t first_timestamp_;
    CallMediaListener* listener_ = nullptr;
    /// Both from the connection on.
    std::optional<audio_path::OutboundAudio> outbound_;
    std::optional<audio_path::InboundAudio> inbound_;
    std::unique_ptr<runtime::Timer> peer_timer_;
    std::unique_ptr<runtime::Timer> tick_timer_;
    Deadline peer_deadline_;
    Instant next_tick_{};
    std::uint64_t frames_late_ = 0;
    bool draining_ = false;
    bool closed_ = false;
    /// Expires with the object, for what was posted.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
    std::array<std::uint8_t, 2'048> datagram_{};
};

}  // namespace studio::adapters
