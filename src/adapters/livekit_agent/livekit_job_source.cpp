#include "adapters/livekit_agent/livekit_job_source.hpp"

#include <utility>

#include "base/check.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"
#include "ports/room_names.hpp"

namespace studio::adapters {

namespace {

/// Checked when the connection is made only.
constexpr seconds token_lifetime{600};
/// The server's own limit on its messages is 2 MiB: job metadata may be long.
constexpr std::size_t message_bytes_max = 2U << 20U;

void count(std::string_view event) {
    metrics()
        .counter("studio_room_jobs_total",
                 "Jobs of rooms that others made, by what became of them.",
                 "event=\"" + std::string(event) + '"')
        .add();
}

livekit_agent::AgentWorkerOptions with_own_rooms(livekit_agent::AgentWorkerOptions options) {
    options.own_room_prefix = own_room_prefix;
    return options;
}

RoomJob make_job(const livekit_agent::JobOffer& offer) {
    RoomJob job;
    job.job_id = offer.job_id;
    job.room_name = offer.room_name;
    job.metadata = offer.metadata;
    job.attributes = offer.attributes;
    job.caller_identity = offer.participant_identity;
    return job;
}

}  // namespace

LivekitJobSource::LivekitJobSource(runtime::Loop& loop, WebSocketClient& web_sockets,
                                   LivekitJobSourceOptions options)
    : loop_(loop),
      web_sockets_(web_sockets),
      options_(std::move(options)),
      machine_(with_own_rooms(options_.worker)) {
    while (options_.url.ends_with('/')) {
        options_.url.pop_back();
    }
    if (options_.url.starts_with("http")) {
        options_.url.replace(0, 4, "ws");
    }
}

void LivekitJobSource::start(RoomJobTaker& taker) {
    STUDIO_CHECK(taker_ == nullptr, "a source of jobs is started once");
    taker_ = &taker;
    machine_.start(loop_.now());
    load_changed();
}

void LivekitJobSource::connect() {
    jwt::LivekitClaims claims;
    claims.video.emplace();
    claims.video->agent = true;
    const auto token =
        jwt::make_livekit_token(options_.key, claims, loop_.wall_now(), token_lifetime);
    WebSocketRequest request;
    request.url = options_.url + "/agent?protocol=1";
    request.authorization = Secret<std::string>("Bearer " + token.reveal());
    request.message_bytes_max = message_bytes_max;
    // The machine pings, and the server does every 10 s.
    request.idle_timeout = milliseconds{40'000};
    socket_ = web_sockets_.open(std::move(request), *this);
}

void LivekitJobSource::on_web_socket_open() {
    machine_.handle_open(loop_.now());
    settle();
}

void LivekitJobSource::on_web_socket_message(std::string_view bytes, WebSocketMessage) {
    machine_.handle_message(bytes_of(bytes), loop_.now());
    settle();
}

void LivekitJobSource::on_web_socket_end(const WebSocketEnd& end) {
    STUDIO_LOG(warning, "room_jobs_disconnected", {"http_status", end.http_status},
               {"close_code", end.close_code});
    machine_.handle_end(loop_.now());
    settle();
}

void LivekitJobSource::load_changed() {
    if (taker_ == nullptr) {
        return;
    }
    const WorkerLoad load = taker_->load();
    machine_.set_fill({load.active, load.max, load.is_accepting && !is_draining_, load.is_queueing},
                      loop_.now());
    settle();
}

void LivekitJobSource::drain() {
    is_draining_ = true;
    load_changed();
}

void LivekitJobSource::report_running(const std::string& job_id) {
    machine_.job_running(job_id);
    settle();
}

void LivekitJobSource::report_finished(const std::string& job_id, const std::string& trouble) {
    count(trouble.empty() ? "finished" : "failed");
    machine_.job_finished(job_id, trouble);
    settle();
}

void LivekitJobSource::on(const livekit_agent::WorkerSend& output) {
    if (socket_ != nullptr && !socket_->send(output.bytes, WebSocketMessage::binary)) {
        STUDIO_LOG(warning, "room_jobs_not_sent");
    }
}

void LivekitJobSource::on(const livekit_agent::JobOffered& output) {
    const auto identity = is_draining_ ? std::nullopt : taker_->try_reserve(make_job(output.offer));
    count(identity ? "reserved" : "refused");
    machine_.answer(output.offer.job_id, identity.value_or(""), loop_.now());
    load_changed();
}

void LivekitJobSource::on(const livekit_agent::JobAssigned& output) {
    RoomJob job = make_job(output.offer);
    job.token = output.token;
    job.url = output.url;
    count("assigned");
    taker_->assign(std::move(job));
}

void LivekitJobSource::on(const livekit_agent::JobLost& output) {
    count("lost");
    taker_->release(output.job_id);
    load_changed();
}

void LivekitJobSource::on(const livekit_agent::JobTerminated& output) {
    count("terminated");
    taker_->terminate(output.job_id);
}

void LivekitJobSource::settle() {
    // The taker may report from inside: the outer turn takes what that brings.
    if (std::exchange(is_settling_, true)) {
        return;
    }
    while (const auto output = machine_.poll_output()) {
        std::visit([this](const auto& which) { on(which); }, *output);
    }
    is_settling_ = false;
    const Deadline deadline = machine_.next_deadline();
    if (!deadline) {
        timer_.reset();
    } else if (timer_ != nullptr) {
        timer_->restart(*deadline);
    } else {
        timer_ = loop_.start_timer(*deadline, [this] {
            // Calls also come and go by the queue.
            load_changed();
            machine_.handle_timeout(loop_.now());
            settle();
        });
    }
}

}  // namespace studio::adapters
