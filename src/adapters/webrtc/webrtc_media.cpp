#include "adapters/webrtc/webrtc_media.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace studio::adapters {
namespace {

FrameOrigin to_frame_origin(audio::VoiceOrigin origin) {
    switch (origin) {
        case audio::VoiceOrigin::silence:
            return FrameOrigin::silence;
        case audio::VoiceOrigin::concealed:
            return FrameOrigin::concealed;
        case audio::VoiceOrigin::received:
            return FrameOrigin::received;
    }
    return FrameOrigin::silence;
}

MediaCloseReason to_close_reason(webrtc::CloseReason reason) {
    switch (reason) {
        case webrtc::CloseReason::local:
            return MediaCloseReason::local;
        case webrtc::CloseReason::remote:
            return MediaCloseReason::remote;
        case webrtc::CloseReason::connection_lost:
            return MediaCloseReason::connection_lost;
        case webrtc::CloseReason::never_connected:
            return MediaCloseReason::never_connected;
        case webrtc::CloseReason::failed:
            return MediaCloseReason::failed;
    }
    return MediaCloseReason::failed;
}

}  // namespace

WebrtcMedia::WebrtcMedia(runtime::Loop& loop, DatagramPath& path,
                         std::unique_ptr<webrtc::Peer> peer, const WebrtcMediaOptions& options,
                         Entropy& entropy)
    : loop_(loop),
      path_(path),
      peer_(std::move(peer)),
      options_(options),
      first_timestamp_(entropy.u32()) {}

WebrtcMedia::~WebrtcMedia() {
    if (!closed_) {
        listener_ = nullptr;
        peer_->close(loop_.now());
        drain();
    }
    path_.forget(*this);
}

void WebrtcMedia::start(CallMediaListener& listener) {
    listener_ = &listener;
    drain();
}

void WebrtcMedia::send_message(std::string_view text) {
    static_cast<void>(peer_->send_message(options_.events_label, text, loop_.now()));
    drain();
}

void WebrtcMedia::close() {
    peer_->close(loop_.now());
    drain();
}

MediaStats WebrtcMedia::stats() const {
    const webrtc::PeerStats peer = peer_->stats();
    MediaStats stats;
    stats.packets_received = peer.packets_received;
    stats.packets_lost = peer.packets_lost;
    stats.packets_sent = peer.packets_sent;
    stats.frames_late = frames_late_;
    stats.jitter = peer.jitter;
    stats.round_trip = peer.round_trip;
    if (inbound_) {
        stats.frames_concealed = inbound_->frames_concealed();
        stats.buffer_delay = duration_cast<milliseconds>(inbound_->stats().delay);
    }
    return stats;
}

void WebrtcMedia::handle_datagram(const net::Address& source, ByteView datagram) {
    const std::size_t size = std::min(datagram.size(), datagram_.size());
    std::memcpy(datagram_.data(), datagram.data(), size);
    peer_->handle_datagram(source, std::span(datagram_).first(size), loop_.now());
    drain();
}

void WebrtcMedia::drain() {
    // What a listener does in reaction may end here again: the outer round takes its outputs.
    if (draining_) {
        return;
    }
    draining_ = true;
    while (const auto output = peer_->poll_output()) {
        on_output(*output);
    }
    draining_ = false;
    arm_peer_timer();
}

void WebrtcMedia::on_output(const webrtc::PeerOutput& output) {
    if (const auto* transmit = std::get_if<webrtc::Transmit>(&output)) {
        path_.send(transmit->destination, transmit->bytes);
    } else if (const auto* packet = std::get_if<webrtc::AudioReceived>(&output)) {
        on_audio(*packet);
    } else if (const auto* learned = std::get_if<webrtc::AddressLearned>(&output)) {
        path_.learn(learned->address, *this);
    } else if (const auto* connected = std::get_if<webrtc::Connected>(&output)) {
        on_connected(*connected);
    } else if (const auto* digit = std::get_if<webrtc::DigitReceived>(&output)) {
        emit(MediaDigit{digit->digit});
    } else if (const auto* message = std::get_if<webrtc::MessageReceived>(&output)) {
        if (message->is_text && message->label == options_.events_label) {
            emit(MediaMessage{std::string(text_of(message->data))});
        }
    } else if (const auto* closed = std::get_if<webrtc::Closed>(&output)) {
        on_closed(closed->reason);
    }
}

void WebrtcMedia::on_connected(const webrtc::Connected& connected) {
    audio::OpusEncoderOptions opus = options_.opus;
    opus.forward_error_correction = opus.forward_error_correction && connected.peer_wants_fec;
    outbound_.emplace(connected.codec, opus);
    inbound_.emplace(connected.codec, options_.jitter_buffer);
    // Calls connect at odd times, which spreads their ticks over the 20 ms.
    next_tick_ = loop_.now() + audio::frame_duration;
    tick_timer_ = loop_.start_timer(next_tick_, [this] { on_tick(); });
    emit(MediaConnected{});
}

void WebrtcMedia::on_audio(const webrtc::AudioReceived& packet) {
    if (inbound_) {
        inbound_->push(
            {packet.codec, packet.sequence, packet.timestamp, packet.payload, loop_.now()});
    }
}

void WebrtcMedia::on_closed(webrtc::CloseReason reason) {
    closed_ = true;
    tick_timer_.reset();
    emit(MediaClosed{to_close_reason(reason)});
}

void WebrtcMedia::arm_peer_timer() {
    const Deadline deadline = peer_->next_deadline();
    // The timer of an earlier deadline stays: it costs less to come too early than to re-arm at
    // each packet.
    if (!deadline || (peer_timer_ && *peer_deadline_ <= *deadline)) {
        return;
    }
    peer_deadline_ = deadline;
    peer_timer_ = loop_.start_timer(*deadline, [this] {
        peer_timer_.reset();
        peer_->handle_timeout(loop_.now());
        drain();
    });
}

void WebrtcMedia::on_tick() {
    const Instant now = loop_.now();
    frames_late_ += now - next_tick_ > options_.late_after ? 1U : 0U;
    const auto behind = (now - next_tick_) / audio::frame_duration;
    if (behind > options_.catch_up_ticks_max) {
        const auto left_out = behind - options_.catch_up_ticks_max;
        next_tick_ += audio::frame_duration * left_out;
        outbound_->skip(static_cast<std::uint64_t>(left_out));
    }
    next_tick_ += audio::frame_duration;
    tick_timer_ = loop_.start_timer(next_tick_, [this] { on_tick(); });
    exchange_frame(now);
}

void WebrtcMedia::exchange_frame(Instant now) {
    const audio::VoiceFrame heard = inbound_->pop(now);
    const InboundFrame inbound{heard.frame, to_frame_origin(heard.origin), heard.captured_at};
    if (listener_ == nullptr) {
        return;
    }
    audio::Frame outbound;
    const std::weak_ptr<int> alive = alive_;
    const bool speaks = listener_->on_media_frame(inbound, outbound, now);
    if (alive.expired() || closed_) {
        return;
    }
    if (!speaks) {
        outbound_->skip();
        return;
    }
    const audio_path::OutboundPacket packet = outbound_->encode(outbound);
    const auto timestamp = first_timestamp_ + static_cast<std::uint32_t>(packet.media_time);
    peer_->send_audio(packet.payload, timestamp, packet.marker, now);
    drain();
}

void WebrtcMedia::emit(MediaEvent event) {
    if (listener_ == nullptr) {
        return;
    }
    // Not from inside: the listener may destroy this in reaction, or call back.
    loop_.post([this, alive = std::weak_ptr<int>(alive_), event = std::move(event)] {
        if (!alive.expired()) {
            listener_->on_media_event(event);
        }
    });
}

}  // namespace studio::adapters
