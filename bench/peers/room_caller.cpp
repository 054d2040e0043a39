#include "room_caller.hpp"

#include <utility>

#include "protocol/livekit/data_packet.hpp"

namespace studio::bench {
namespace {

constexpr milliseconds handshake_timeout{15'000};
constexpr milliseconds idle_timeout{30'000};
constexpr std::size_t signal_bytes_max = 2U << 20U;
constexpr int kernel_buffer_bytes = 256 << 10;

livekit::SignalOptions signal_options(Secret<std::string> token) {
    livekit::SignalOptions options;
    options.token = std::move(token);
    options.people.hears_agents = true;
    // In a burst the media server has much to do at once.
    options.join_timeout = handshake_timeout;
    return options;
}

}  // namespace

RoomCaller::RoomCaller(const RoomPlan& plan, Secret<std::string> token)
    : plan_(plan), signal_(signal_options(std::move(token))), talk_(plan.talk) {}

RoomCaller::~RoomCaller() = default;

double RoomCaller::elapsed_ms() const {
    return std::chrono::duration<double, std::milli>(plan_.loop.now() - started_).count();
}

void RoomCaller::start() {
    started_ = plan_.loop.now();
    talk_.start(started_);
    if (!open_peer()) {
        talk_.fail();
        return;
    }
    drive();
}

bool RoomCaller::open_peer() {
    auto socket = runtime::UdpSocket::open(
        plan_.loop,
        {.name = "bench",
         .address = "127.0.0.1",
         .port = 0,
         .kernel_buffer_bytes = kernel_buffer_bytes},
        [this](const runtime::UdpAddress& source, std::span<std::uint8_t> datagram) {
            peer_->handle_datagram(net::Address::from_bytes(source.ip_bytes(), source.port),
                                   datagram, plan_.loop.now());
            drain();
        });
    if (!socket) {
        return false;
    }
    udp_socket_ = std::move(*socket);
    const runtime::UdpAddress local = udp_socket_->local_address();
    const std::string track_id = entropy_.text(16);
    webrtc::OfferOptions offer;
    offer.peer.identity = plan_.identity;
    offer.peer.entropy = &entropy_;
    offer.peer.local_addresses = {net::Address::from_bytes(local.ip_bytes(), local.port)};
    offer.peer.wall_at_start = plan_.loop.wall_now();
    webrtc::AudioSection voice;
    voice.direction = webrtc::Direction::sendonly;
    voice.stream_id = "voice";
    voice.track_id = track_id;
    voice.codecs = {webrtc::AudioCodec::opus};
    webrtc::AudioSection heard;
    heard.direction = webrtc::Direction::recvonly;
    offer.audio = {std::move(voice), std::move(heard)};
    offer.channel_labels = {livekit::reliable_channel, livekit::lossy_channel};
    offer.message_bytes_max = 64 * 1024;
    peer_ = webrtc::Peer::make_offer(offer, plan_.loop.now());
    signal_.join(peer_->offer_sdp(), track_id, plan_.loop.now());
    return true;
}

void RoomCaller::stop() {
    is_stopping_ = true;
    tick_timer_.reset();
    signal_.leave();
    drive();
    if (peer_) {
        peer_->close(plan_.loop.now());
        drain();
    }
    signal_timer_.reset();
    peer_timer_.reset();
}

void RoomCaller::drive() {
    if (std::exchange(is_driving_, true)) {
        return;
    }
    while (const auto output = signal_.poll_output()) {
        std::visit([this](const auto& which) { on(which); }, *output);
    }
    is_driving_ = false;
    const Deadline deadline = signal_.next_deadline();
    signal_timer_ = deadline ? plan_.loop.start_timer(*deadline,
                                                      [this] {
                                                          signal_.handle_timeout(plan_.loop.now());
                                                          drive();
                                                      })
                             : nullptr;
}

void RoomCaller::on(const livekit::SignalConnect& output) {
    WebSocketRequest request;
    request.url = plan_.url + output.target;
    request.authorization = Secret<std::string>("Bearer " + signal_.token().reveal());
    request.connect_timeout = handshake_timeout;
    request.idle_timeout = idle_timeout;
    request.message_bytes_max = signal_bytes_max;
    web_socket_ = plan_.sockets.open(std::move(request), *this);
}

void RoomCaller::on(const livekit::SignalDisconnect& /*output*/) {
    web_socket_.reset();
}

void RoomCaller::on(const livekit::SignalSend& output) {
    if (web_socket_) {
        web_socket_->send(output.bytes, WebSocketMessage::binary);
    }
}

void RoomCaller::on(const livekit::SignalAnswer& output) {
    if (!peer_->handle_answer(output.sdp, plan_.loop.now())) {
        talk_.fail();
    }
    drain();
}

void RoomCaller::on(const livekit::SignalCandidate& output) {
    peer_->add_remote_candidate(output.line, plan_.loop.now());
    drain();
}

void RoomCaller::on(const livekit::SignalOfferWanted& output) {
    signal_.offer(
        peer_->renegotiate({.more_audio = output.more_audio, .restart_ice = output.restart_ice}),
        plan_.loop.now());
}

void RoomCaller::on(const livekit::SignalRejoin& /*output*/) {
    talk_.fail();
}

void RoomCaller::on(const livekit::SignalCheckRoom& /*output*/) {
    // The bench makes the room and deletes it at its end: while it runs the room is there.
    signal_.room_checked(true, plan_.loop.now());
}

void RoomCaller::on(const livekit::SignalCallerAway& /*output*/) {}
void RoomCaller::on(const livekit::SignalSubscribed& /*output*/) {}

void RoomCaller::on(const livekit::SignalCaller& /*output*/) {
    if (!times_.agent_ms) {
        times_.agent_ms = elapsed_ms();
    }
}

void RoomCaller::on(const livekit::SignalEnded& /*output*/) {
    tick_timer_.reset();
    if (!is_stopping_) {
        talk_.fail();
    }
}

void RoomCaller::on_web_socket_message(std::string_view bytes, WebSocketMessage kind) {
    if (kind == WebSocketMessage::binary) {
        signal_.handle_message(bytes_of(bytes), plan_.loop.now());
        drive();
    }
}

void RoomCaller::on_web_socket_end(const WebSocketEnd& end) {
    signal_.handle_end(end.http_status, plan_.loop.now());
    drive();
}

void RoomCaller::drain() {
    while (const auto output = peer_->poll_output()) {
        if (const auto* transmit = std::get_if<webrtc::Transmit>(&*output)) {
            const auto& target = transmit->destination;
            udp_socket_->send(runtime::make_udp_address(target.ip(), target.port()),
                              transmit->bytes);
        } else if (const auto* packet = std::get_if<webrtc::AudioReceived>(&*output)) {
            talk_.hear(*packet, plan_.loop.now());
        } else if (std::holds_alternative<webrtc::Connected>(*output)) {
            times_.connected_ms = elapsed_ms();
            talk_.connected(plan_.loop.now());
            signal_.media_connected();
            next_tick_ = plan_.loop.now();
            on_tick();
        } else if (std::holds_alternative<webrtc::Closed>(*output) && !is_stopping_) {
            tick_timer_.reset();
            talk_.fail();
        }
    }
    const Deadline deadline = peer_->next_deadline();
    if (!deadline) {
        peer_timer_.reset();
    } else if (peer_timer_) {
        peer_timer_->restart(*deadline);
    } else {
        peer_timer_ = plan_.loop.start_timer(*deadline, [this] {
            peer_->handle_timeout(plan_.loop.now());
            drain();
        });
    }
}

void RoomCaller::on_tick() {
    media_time_ += packet_ticks;
    static_cast<void>(peer_->send_audio(talk_.next_packet(plan_.loop.now()), media_time_, false,
                                        plan_.loop.now()));
    next_tick_ += packet_duration;
    if (tick_timer_) {
        tick_timer_->restart(next_tick_);
    } else {
        tick_timer_ = plan_.loop.start_timer(next_tick_, [this] {
            on_tick();
            drain();
        });
    }
}

}  // namespace studio::bench
