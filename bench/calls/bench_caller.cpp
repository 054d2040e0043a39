#include "bench_caller.hpp"

#include <utility>

#include "base/json.hpp"

namespace studio::bench {
BenchCaller::BenchCaller(runtime::AsioLoop& loop, HttpClient& http, const BenchPlan& plan)
    : loop_(loop), http_(http), plan_(plan), talk_(plan.talk) {}

BenchCaller::~BenchCaller() = default;

void BenchCaller::start() {
    talk_.start(loop_.now());
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
                                   talk_.fail();
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
        talk_.fail();
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
        talk_.fail();
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
            talk_.hear(*packet, loop_.now());
        } else if (std::holds_alternative<webrtc::Connected>(*output)) {
            talk_.connected(loop_.now());
            next_tick_ = loop_.now();
            on_tick();
        } else if (std::holds_alternative<webrtc::Closed>(*output)) {
            if (tick_timer_) {
                talk_.fail();
            }
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

void BenchCaller::on_tick() {
    timestamp_ += packet_ticks;
    static_cast<void>(
        peer_->send_audio(talk_.next_packet(loop_.now()), timestamp_, false, loop_.now()));
    next_tick_ += packet_duration;
    tick_timer_ = loop_.start_timer(next_tick_, [this] { on_tick(); });
    drain();
}

}  // namespace studio::bench
