#include "adapters/webrtc/peer_session.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <variant>

namespace studio::adapters {
namespace {

// A frame that goes out later than this is one that the other side's buffer may miss.
constexpr milliseconds late_after{10};
// One that goes out later than this is heard as a gap: browsers buffer 40 ms at the least.
constexpr milliseconds gap_after{40};
// A loop that stood still makes up for so many ticks; older ones are left out, and media time
// jumps.
constexpr int ticks_caught_up_max = 5;
// Messages that came before start(), or that one turn brings: a peer can only flood itself.
constexpr std::size_t events_max = 256;
// How often the encoder learns what RTCP says of loss: every second.
constexpr std::uint64_t ticks_per_adaptation = 50;
// Below this the encoder would leave out its redundancy, which costs little and helps at once.
constexpr int expected_loss_min = 5;

MediaCloseReason reason_of(webrtc::CloseReason reason) {
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
            break;
    }
    return MediaCloseReason::failed;
}

FrameOrigin origin_of(audio::VoiceOrigin origin) {
    switch (origin) {
        case audio::VoiceOrigin::received:
            return FrameOrigin::received;
        case audio::VoiceOrigin::concealed:
            return FrameOrigin::concealed;
        case audio::VoiceOrigin::silence:
            break;
    }
    return FrameOrigin::silence;
}

}  // namespace

PeerSession::PeerSession(PeerSessionOptions options)
    : loop_(options.loop),
      network_(&options.network),
      peer_(std::move(options.peer)),
      opus_options_(options.settings.opus),
      mix_options_({.sources_max = options.settings.sources_max,
                    .jitter_buffer = options.settings.jitter_buffer}),
      tick_offset_(options.tick_offset),
      away_after_(options.settings.away_after),
      frames_total_(
          metrics().counter("studio_media_frames_total", "Ticks of 20 ms that calls were given.")),
      frames_late_total_(metrics().counter("studio_media_frames_late_total",
                                           "Ticks that ran more than 10 ms after their time.")) {}

PeerSession::~PeerSession() = default;

void PeerSession::start(CallMediaListener& listener) {
    listener_ = &listener;
    if (inbound_ && !over_) {
        start_ticks();
    }
    if (!events_.empty()) {
        event_timer_ = loop_.start_timer(loop_.now(), [this] { deliver_events(); });
    }
}

void PeerSession::send_message(std::string_view text) {
    if (over_) {
        return;
    }
    if (!early_messages_.is_open(events_channel)) {
        early_messages_.add({events_channel, std::string(text), true});
        return;
    }
    static_cast<void>(peer_->send_message(events_channel, text, loop_.now()));
    drive();
}

bool PeerSession::send_binary(std::string_view label, ByteView bytes) {
    if (over_) {
        return false;
    }
    if (!early_messages_.is_open(label)) {
        early_messages_.add({std::string(label), std::string(text_of(bytes)), false});
        return true;
    }
    const bool is_sent = peer_->send_binary(label, bytes, loop_.now());
    drive();
    return is_sent;
}

void PeerSession::close() {
    if (!over_) {
        peer_->close(loop_.now());
        drive();
    }
}

void PeerSession::detach() {
    const auto self = shared_from_this();
    listener_ = nullptr;
    event_timer_.reset();
    tick_timer_.reset();
    if (!over_) {
        peer_->close(loop_.now());
        drain();
    }
    finish();
}

void PeerSession::handle_datagram(const net::Address& source, std::span<std::uint8_t> datagram) {
    if (!over_) {
        last_datagram_at_ = loop_.now();
        peer_->handle_datagram(source, datagram, last_datagram_at_);
        drive();
    }
}

void PeerSession::drive() {
    const auto self = shared_from_this();
    drain();
    if (over_) {
        finish();
        return;
    }
    arm_peer_timer();
}

void PeerSession::drain() {
    while (const auto output = peer_->poll_output()) {
        std::visit([this](const auto& value) { on_output(value); }, *output);
    }
}

void PeerSession::finish() {
    over_ = true;
    peer_timer_.reset();
    tick_timer_.reset();
    if (PeerNetwork* const network = std::exchange(network_, nullptr)) {
        network->forget(*this);
    }
}

void PeerSession::on_output(const webrtc::Transmit& output) {
    if (network_ != nullptr) {
        network_->send(output.destination, output.bytes);
    }
}

void PeerSession::on_output(const webrtc::AddressLearned& output) {
    if (network_ != nullptr) {
        network_->learn(*this, output.address);
    }
}

void PeerSession::on_output(const webrtc::Connected& output) {
    mix_options_.codec = output.codec;
    inbound_.emplace(mix_options_);
    audio::OpusEncoderOptions encoder = opus_options_;
    encoder.forward_error_correction = encoder.forward_error_correction && output.peer_wants_fec;
    outbound_.emplace(output.codec, encoder);
    raise(MediaConnected{});
    if (listener_ != nullptr) {
        start_ticks();
    }
}

void PeerSession::on_output(const webrtc::AudioReceived& output) {
    if (inbound_) {
        inbound_->push(output.ssrc, {.codec = output.codec,
                                     .sequence = output.sequence,
                                     .timestamp = output.timestamp,
                                     .payload = output.payload,
                                     .arrival = loop_.now()});
    }
}

void PeerSession::on_output(const webrtc::DigitReceived& output) {
    raise(MediaDigit{output.digit});
}

void PeerSession::on_output(const webrtc::ChannelOpened& output) {
    for (const EarlyMessages::Message& message : early_messages_.open(output.label)) {
        if (message.is_text) {
            static_cast<void>(peer_->send_message(message.label, message.data, loop_.now()));
        } else {
            static_cast<void>(
                peer_->send_binary(message.label, bytes_of(message.data), loop_.now()));
        }
    }
}

void PeerSession::on_output(const webrtc::MessageReceived& output) {
    if (output.label != events_channel) {
        if (network_ != nullptr) {
            network_->on_channel_message(*this, output.label, output.data);
        }
    } else if (output.is_text) {
        raise(MediaMessage{std::string(text_of(output.data))});
    }
}

void PeerSession::on_output(const webrtc::Closed& output) {
    over_ = true;
    raise(MediaClosed{reason_of(output.reason)});
}

void PeerSession::arm_peer_timer() {
    const Deadline deadline = peer_->next_deadline();
    // A timer that fires early finds nothing to do and is armed again, which is cheaper than moving
    // it with every packet.
    if (!deadline || (peer_timer_at_ && *peer_timer_at_ <= *deadline)) {
        return;
    }
    peer_timer_at_ = deadline;
    if (peer_timer_) {
        peer_timer_->restart(*deadline);
    } else {
        peer_timer_ = loop_.start_timer(*deadline, [this] { on_peer_timer(); });
    }
}

void PeerSession::on_peer_timer() {
    peer_timer_at_.reset();
    const Deadline deadline = peer_->next_deadline();
    if (deadline && *deadline <= loop_.now()) {
        peer_->handle_timeout(loop_.now());
    }
    drive();
}

void PeerSession::raise(MediaEvent event) {
    // The end is never left out.
    if (events_.size() >= events_max && !std::holds_alternative<MediaClosed>(event)) {
        return;
    }
    events_.push_back(std::move(event));
    if (listener_ != nullptr && events_.size() == 1) {
        event_timer_ = loop_.start_timer(loop_.now(), [this] { deliver_events(); });
    }
}

void PeerSession::deliver_events() {
    const auto self = shared_from_this();
    while (listener_ != nullptr && !events_.empty()) {
        const MediaEvent event = std::move(events_.front());
        events_.pop_front();
        listener_->on_media_event(event);
    }
}

void PeerSession::start_ticks() {
    // The next moment of ours: the offset counted from the clock's whole multiples of 20 ms.
    const auto since = (loop_.now() - tick_offset_).time_since_epoch() % audio::frame_duration;
    next_tick_ = loop_.now() - since + audio::frame_duration;
    tick_timer_ = loop_.start_timer(next_tick_, [this] { on_tick_timer(); });
}

void PeerSession::on_tick_timer() {
    const auto self = shared_from_this();
    const Instant now = loop_.now();
    const auto behind = (now - next_tick_) / audio::frame_duration;
    if (behind > ticks_caught_up_max) {
        const auto left_out = static_cast<std::uint64_t>(behind - ticks_caught_up_max);
        next_tick_ += left_out * milliseconds(audio::frame_duration);
        frames_late_ += left_out;
        frames_gapped_ += left_out;
        frames_late_total_.add(left_out);
        outbound_->skip(left_out);
    }
    while (next_tick_ <= now && listener_ != nullptr && !over_) {
        if (now - next_tick_ > late_after) {
            ++frames_late_;
            frames_gapped_ += now - next_tick_ > gap_after ? 1U : 0U;
            frames_late_total_.add();
        }
        next_tick_ += audio::frame_duration;
        tick();
    }
    if (listener_ != nullptr && !over_) {
        tick_timer_->restart(next_tick_);
    }
}

void PeerSession::tick() {
    const Instant now = loop_.now();
    frames_total_.add();
    const audio::VoiceFrame heard = inbound_->pop(now);
    InboundFrame inbound;
    inbound.frame = heard.frame;
    inbound.origin = origin_of(heard.origin);
    inbound.captured_at = heard.captured_at;
    audio::Frame speech;
    const bool speaks = listener_->on_media_frame(inbound, speech, now);
    // The listener may have closed the call, or let go of it.
    if (listener_ == nullptr || over_) {
        return;
    }
    if (speaks) {
        const audio_path::OutboundPacket packet = outbound_->encode(speech);
        peer_->send_audio(packet.payload, packet.media_time, packet.marker, now);
    } else {
        outbound_->skip();
    }
    if (++tick_count_ % ticks_per_adaptation == 0) {
        adapt_to_loss();
    }
    watch_peer(now);
    drive();
}

void PeerSession::watch_peer(Instant now) {
    const bool is_away = now - last_datagram_at_ >= away_after_;
    if (std::exchange(is_away_, is_away) != is_away) {
        raise(MediaCallerAway{is_away});
    }
}

void PeerSession::adapt_to_loss() {
    const double loss = peer_->stats().reported_loss;
    outbound_->set_expected_loss(
        std::clamp(static_cast<int>(std::lround(loss * 100.0)), expected_loss_min, 30));
}

MediaStats PeerSession::stats() const {
    const webrtc::PeerStats peer = peer_->stats();
    MediaStats stats;
    stats.packets_received = peer.packets_received;
    stats.packets_lost = peer.packets_lost;
    stats.packets_sent = peer.packets_sent;
    stats.frames_late = frames_late_;
    stats.frames_gapped = frames_gapped_;
    stats.jitter = peer.jitter;
    stats.round_trip = peer.round_trip;
    if (inbound_) {
        stats.frames_concealed = inbound_->frames_concealed();
        stats.buffer_delay = duration_cast<milliseconds>(inbound_->stats().delay);
    }
    return stats;
}

}  // namespace studio::adapters
