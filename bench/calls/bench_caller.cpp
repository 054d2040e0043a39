#include "bench_caller.hpp"

#include <algorithm>
#include <utility>

#include "base/json.hpp"

namespace studio::bench {
namespace {

constexpr milliseconds tick{20};
constexpr milliseconds late{10};
constexpr milliseconds talkspurt_gap{200};
constexpr milliseconds give_up{8'000};
/// RTP ticks of Opus (RFC 7587) in 20 ms.
constexpr std::uint32_t packet_ticks = 960;
constexpr std::int64_t nanoseconds_per_tick_times_6 = 125'000;  // 1 s / 48000 = 20833.3 ns.

double to_ms(nanoseconds duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

/// Signed, so that it is right across the wrap of the timestamp.
nanoseconds rtp_difference(std::uint32_t timestamp, std::uint32_t base) {
    const auto ticks = static_cast<std::int32_t>(timestamp - base);
    return nanoseconds(std::int64_t{ticks} * nanoseconds_per_tick_times_6 / 6);
}

}  // namespace

BenchCaller::BenchCaller(runtime::AsioLoop& loop, HttpClient& http, const BenchPlan& plan)
    : loop_(loop), http_(http), plan_(plan) {}

BenchCaller::~BenchCaller() = default;

void BenchCaller::start() {
    started_ = loop_.now();
    JsonObject body{{"agent_name", plan_.agent}};
    post("/api/v1/calls", "application/json", serialize_json(body), &BenchCaller::on_created);
}

void BenchCaller::stop() {
    tick_timer_.reset();
    exchange_.reset();
    if (peer_) {
        peer_->close(loop_.now());
        drain();
    }
    peer_timer_.reset();
    socket_.reset();
}

void BenchCaller::post(const std::string& path, const std::string& type, std::string body,
                       void (BenchCaller::*next)(const std::string& body)) {
    HttpRequest request;
    request.method = "POST";
    request.url = plan_.server + path;
    request.headers = {{"Content-Type", type}, {"X-API-Key", plan_.api_key}};
    request.body = std::move(body);
    exchange_ = http_.send(std::move(request),
                           [this, next](Result<HttpResponse, HttpClientError> response) {
                               if (!response || response->status != 201) {
                                   figures_.lost = true;
                                   return;
                               }
                               const std::string answer = std::move(response->body);
                               (this->*next)(answer);
                           });
}

void BenchCaller::on_created(const std::string& body) {
    const auto json = parse_json(body);
    const std::string call_id = json ? member_text(*json, "call_id") : "";
    auto socket = runtime::UdpSocket::open(
        loop_, {.name = "bench", .address = "127.0.0.1", .kernel_buffer_bytes = 1 << 18},
        [this](const runtime::UdpAddress& source, ByteView datagram) {
            on_datagram(source, datagram);
        });
    if (call_id.empty() || !socket) {
        figures_.lost = true;
        return;
    }
    socket_ = std::move(*socket);
    const runtime::UdpAddress local = socket_->local_address();
    webrtc::OfferOptions options;
    options.peer.identity = plan_.identity;
    options.peer.entropy = &entropy_;
    options.peer.local_addresses = {net::Address::from_bytes(local.ip_bytes(), local.port)};
    peer_ = webrtc::Peer::make_offer(options, loop_.now());
    timestamp_ = entropy_.u32();
    post("/api/v1/calls/" + call_id + "/sdp", "application/sdp", peer_->offer_sdp(),
         &BenchCaller::on_answer);
}

void BenchCaller::on_answer(const std::string& sdp) {
    if (!peer_->handle_answer(sdp, loop_.now())) {
        figures_.lost = true;
        return;
    }
    drain();
}

void BenchCaller::on_datagram(const runtime::UdpAddress& source, ByteView datagram) {
    buffer_.assign(datagram.begin(), datagram.end());
    peer_->handle_datagram(net::Address::from_bytes(source.ip_bytes(), source.port), buffer_,
                           loop_.now());
    drain();
}

void BenchCaller::drain() {
    while (const auto output = peer_->poll_output()) {
        if (const auto* transmit = std::get_if<webrtc::Transmit>(&*output)) {
            const auto& target = transmit->destination;
            socket_->send(runtime::make_udp_address(target.ip(), target.port()), transmit->bytes);
        } else if (const auto* packet = std::get_if<webrtc::AudioReceived>(&*output)) {
            on_packet(*packet);
        } else if (std::holds_alternative<webrtc::Connected>(*output)) {
            figures_.connected = true;
            next_tick_ = listening_since_ = loop_.now();
            on_tick();
        } else if (std::holds_alternative<webrtc::Closed>(*output)) {
            figures_.lost = figures_.lost || tick_timer_ != nullptr;
            tick_timer_.reset();
        }
    }
    const Deadline deadline = peer_->next_deadline();
    peer_timer_ = deadline ? loop_.start_timer(*deadline,
                                               [this] {
                                                   peer_->handle_timeout(loop_.now());
                                                   drain();
                                               })
                           : nullptr;
}

void BenchCaller::on_packet(const webrtc::AudioReceived& packet) {
    const Instant now = loop_.now();
    if (!figures_.greeting_ms) {
        figures_.greeting_ms = to_ms(now - started_);
    }
    if (!last_heard_ || now - *last_heard_ > talkspurt_gap) {
        talkspurt_timestamp_ = packet.timestamp;
        talkspurt_origin_ = now;
    }
    const Instant origin = now - rtp_difference(packet.timestamp, talkspurt_timestamp_);
    talkspurt_origin_ = std::min(talkspurt_origin_, origin);
    last_heard_ = now;
    agent_spoke_ = true;
    if (now >= plan_.measure_from) {
        ++figures_.packets_received;
        figures_.packets_late += origin - talkspurt_origin_ > late ? 1U : 0U;
        if (spoken_at_) {
            figures_.mouth_to_ear_ms.push_back(to_ms(now - *spoken_at_));
        }
    }
    spoken_at_.reset();
}

void BenchCaller::on_tick() {
    if (!speech_index_) {
        listen();
    }
    if (speech_index_) {
        send(plan_.speech[*speech_index_]);
        if (++*speech_index_ == plan_.speech.size()) {
            speech_index_.reset();
            spoken_at_ = loop_.now();
            listening_since_ = loop_.now();
            agent_spoke_ = false;
        }
    } else {
        send(plan_.silence);
    }
    next_tick_ += tick;
    tick_timer_ = loop_.start_timer(next_tick_, [this] { on_tick(); });
    drain();
}

void BenchCaller::listen() {
    const Instant now = loop_.now();
    const Instant quiet_since = std::max(listening_since_, last_heard_.value_or(listening_since_));
    if (agent_spoke_ && now - quiet_since >= plan_.patience) {
        speech_index_ = 0;
        return;
    }
    if (!agent_spoke_ && now - quiet_since >= give_up) {
        figures_.unanswered += spoken_at_ && now >= plan_.measure_from ? 1U : 0U;
        spoken_at_.reset();
        speech_index_ = 0;
    }
}

void BenchCaller::send(const Bytes& packet) {
    timestamp_ += packet_ticks;
    static_cast<void>(peer_->send_audio(packet, timestamp_, false, loop_.now()));
}

}  // namespace studio::bench
