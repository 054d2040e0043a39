#include "protocol/livekit_agent/agent_worker.hpp"

#include <algorithm>
#include <utility>

#include "livekit_agent.pb.h"

namespace studio::livekit_agent {

namespace wire = studio::livekit_agent_wire;

namespace {

constexpr int status_available = 0;
constexpr int status_full = 1;
constexpr int job_running_status = 1;
constexpr int job_success = 2;
constexpr int job_failed = 3;

/// What the server's default target_load, 0.7, makes of a worker that has one place left is still
/// a positive affinity.
constexpr double load_while_free = 0.69;

/// Offers at a time; the server asks one by one, so more is a broken server.
constexpr std::size_t offers_max = 1'024;
constexpr std::size_t error_bytes_max = 256;

WorkerSend pack(const wire::WorkerMessage& message) {
    return {message.SerializeAsString()};
}

JobOffer read_job(const wire::Job& job) {
    JobOffer offer;
    offer.job_id = job.id();
    offer.room_name = job.room().name();
    offer.metadata = job.metadata();
    offer.participant_identity = job.participant().identity();
    for (const auto& [name, value] : job.attributes()) {
        offer.attributes.emplace(name, value);
    }
    return offer;
}

}  // namespace

void AgentWorker::start(Instant now) {
    state_ = State::connecting;
    // The socket has its own limit on connecting; this one is for a driver that never answers.
    state_deadline_ = now + 3 * options_.register_timeout;
    outputs_.emplace_back(WorkerConnect{});
}

void AgentWorker::handle_open(Instant now) {
    if (state_ != State::connecting) {
        return;
    }
    state_ = State::registering;
    state_deadline_ = now + options_.register_timeout;
    heard_at_ = now;
    wire::WorkerMessage message;
    auto& request = *message.mutable_register_();
    request.set_type(0);  // JT_ROOM: one job for each room.
    request.set_version(options_.version);
    request.set_ping_interval(
        static_cast<std::uint32_t>(duration_cast<seconds>(options_.ping_interval).count()));
    request.set_agent_name(options_.agent_name);
    auto& permission = *request.mutable_allowed_permissions();
    permission.set_can_subscribe(true);
    permission.set_can_publish(true);
    permission.set_can_publish_data(true);
    permission.set_can_update_metadata(true);
    outputs_.emplace_back(pack(message));
}

void AgentWorker::handle_message(ByteView bytes, Instant now) {
    if (state_ != State::registering && state_ != State::registered) {
        return;
    }
    wire::ServerMessage message;
    constexpr std::size_t message_bytes_max = 4U << 20U;
    if (bytes.size() > message_bytes_max ||
        !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        return;
    }
    heard_at_ = now;
    if (message.has_register_()) {
        if (state_ == State::registering) {
            state_ = State::registered;
            worker_id_ = message.register_().worker_id();
            attempts_ = 0;
            state_deadline_.reset();
            ping_at_ = now + options_.ping_interval;
            tell_load(now);
        }
    } else if (message.has_availability()) {
        on_offer(read_job(message.availability().job()));
    } else if (message.has_assignment()) {
        on_assignment(read_job(message.assignment().job()), message.assignment().url(),
                      message.assignment().token());
    } else if (message.has_termination()) {
        outputs_.emplace_back(JobTerminated{message.termination().job_id()});
    }
}

void AgentWorker::on_offer(JobOffer offer) {
    const bool is_ours =
        !options_.own_room_prefix.empty() && offer.room_name.starts_with(options_.own_room_prefix);
    if (is_ours || offer.room_name.empty() || offer.job_id.empty() ||
        offered_.size() >= offers_max || reserved_.contains(offer.job_id)) {
        wire::WorkerMessage message;
        auto& response = *message.mutable_availability();
        response.set_job_id(offer.job_id);
        response.set_available(false);
        response.set_terminate(is_ours);
        outputs_.emplace_back(pack(message));
        return;
    }
    const std::string id = offer.job_id;
    outputs_.emplace_back(JobOffered{offer});
    offered_.insert_or_assign(id, std::move(offer));
}

void AgentWorker::answer(const std::string& job_id, const std::string& identity, Instant now) {
    if (offered_.erase(job_id) == 0) {
        return;
    }
    wire::WorkerMessage message;
    auto& response = *message.mutable_availability();
    response.set_job_id(job_id);
    response.set_available(!identity.empty());
    if (!identity.empty()) {
        response.set_participant_identity(identity);
        response.set_participant_name("Agent");
        reserved_.insert_or_assign(job_id, now + options_.assignment_timeout);
    }
    outputs_.emplace_back(pack(message));
}

void AgentWorker::on_assignment(JobOffer offer, std::string url, std::string token) {
    // What we did not say yes to, or no longer wait for, has no place kept for it.
    if (reserved_.erase(offer.job_id) == 0) {
        job_finished(offer.job_id, "not_reserved");
        return;
    }
    outputs_.emplace_back(
        JobAssigned{std::move(offer), std::move(url), Secret<std::string>(std::move(token))});
}

void AgentWorker::handle_end(Instant now) {
    if (state_ != State::idle && state_ != State::waiting) {
        reconnect_later(now);
    }
}

void AgentWorker::reconnect_later(Instant now) {
    state_ = State::waiting;
    worker_id_.clear();
    offered_.clear();
    status_at_.reset();
    ping_at_.reset();
    const milliseconds delay =
        std::min(options_.reconnect_max, options_.reconnect_first * (1 << std::min(attempts_, 8)));
    ++attempts_;
    state_deadline_ = now + delay;
    outputs_.emplace_back(WorkerDisconnect{});
}

void AgentWorker::handle_timeout(Instant now) {
    for (auto entry = reserved_.begin(); entry != reserved_.end();) {
        if (now < entry->second) {
            ++entry;
            continue;
        }
        outputs_.emplace_back(JobLost{entry->first});
        entry = reserved_.erase(entry);
    }
    if (state_deadline_ && now >= *state_deadline_) {
        if (state_ == State::waiting) {
            start(now);
        } else {
            reconnect_later(now);
        }
    }
    if (state_ != State::registered) {
        return;
    }
    if (ping_at_ && now >= *ping_at_) {
        if (now - heard_at_ > 3 * options_.ping_interval) {
            reconnect_later(now);
            return;
        }
        wire::WorkerMessage message;
        message.mutable_ping()->set_timestamp(to_milliseconds(now.time_since_epoch()));
        outputs_.emplace_back(pack(message));
        ping_at_ = now + options_.ping_interval;
    }
    if (status_at_ && now >= *status_at_) {
        tell_load(now);
    }
}

void AgentWorker::set_fill(const WorkerFill& fill, Instant now) {
    const bool has_changed = fill != fill_;
    fill_ = fill;
    if (has_changed && state_ == State::registered) {
        tell_load(now);
    }
}

void AgentWorker::tell_load(Instant now) {
    const bool has_place = fill_.active < fill_.max;
    const bool is_full = !fill_.is_accepting || (!has_place && !fill_.is_queueing);
    const double taken = has_place ? static_cast<double>(fill_.active) / fill_.max : 1.0;
    const double share = is_full ? 1.0 : load_while_free * taken;
    wire::WorkerMessage message;
    auto& update = *message.mutable_update_worker();
    update.set_status(is_full ? status_full : status_available);
    update.set_load(static_cast<float>(share));
    update.set_job_count(fill_.active);
    outputs_.emplace_back(pack(message));
    status_at_ = now + options_.status_interval;
}

void AgentWorker::job_running(const std::string& job_id) {
    if (state_ != State::registered) {
        return;
    }
    wire::WorkerMessage message;
    message.mutable_update_job()->set_job_id(job_id);
    message.mutable_update_job()->set_status(job_running_status);
    outputs_.emplace_back(pack(message));
}

void AgentWorker::job_finished(const std::string& job_id, const std::string& trouble) {
    if (state_ != State::registered) {
        return;
    }
    wire::WorkerMessage message;
    message.mutable_update_job()->set_job_id(job_id);
    message.mutable_update_job()->set_status(trouble.empty() ? job_success : job_failed);
    message.mutable_update_job()->set_error(trouble.substr(0, error_bytes_max));
    outputs_.emplace_back(pack(message));
}

std::optional<AgentWorkerOutput> AgentWorker::poll_output() {
    if (outputs_.empty()) {
        return std::nullopt;
    }
    AgentWorkerOutput output = std::move(outputs_.front());
    outputs_.pop_front();
    return output;
}

Deadline AgentWorker::next_deadline() const {
    Deadline deadline = earlier(state_deadline_, earlier(status_at_, ping_at_));
    for (const auto& [id, until] : reserved_) {
        deadline = earlier(deadline, until);
    }
    return deadline;
}

}  // namespace studio::livekit_agent
