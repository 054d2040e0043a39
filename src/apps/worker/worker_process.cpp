#include "apps/worker/worker_process.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "apps/config/cpu_count.hpp"
#include "apps/providers/local_voice.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"
#include "base/process_metrics.hpp"

namespace studio::apps {
namespace {

/// Statements that may wait for a connection.
constexpr std::size_t database_queue_max = 10'000;

Task<bool> answers(AccountStore& accounts) {
    const auto answered = co_await accounts.ping();
    co_return answered.value_or(false);
}

unsigned count_loops(const WorkerConfig& config) {
    return config.media_loops == 0 ? std::max(1U, usable_cpus() - 1) : config.media_loops;
}

std::size_t count_calls(const WorkerConfig& config) {
    return config.calls_max == 0 ? services::default_calls_max(usable_cpus()) : config.calls_max;
}

AdmissionLimits admission_limits(const LimitOptions& limits) {
    return {.tenant_calls_max = limits.tenant_calls_max,
            .agent_calls_max = limits.agent_calls_max,
            .waiting_max = limits.waiting_max,
            .oldest_age_max = limits.waiting_age_max};
}

}  // namespace

WorkerProcess::WorkerProcess(const WorkerConfig& config)
    : config_(config),
      loop_count_(count_loops(config)),
      calls_max_(count_calls(config)),
      loop_(runtime::AsioLoopOptions{.name = "control"}),
      database_pool_({.name = "database",
                      .threads = config.database.connections_max,
                      .queue_max = database_queue_max}),
      provider_pool_({.name = "providers", .threads = config.providers.blocking_threads}),
      file_pool_({.name = "files", .threads = 1}),
      http_client_(loop_),
      dispatcher_(loop_, (calls_max_ + loop_count_ - 1) / loop_count_),
      sockets_(loop_),
      health_(loop_),
      sampler_(loop_),
      scope_(loop_) {}

WorkerProcess::~WorkerProcess() {
    for (const auto& room_loop : room_loops_) {
        room_loop->close();
    }
    database_pool_.stop();
    provider_pool_.stop();
    file_pool_.stop();
}

Result<bool, std::string> WorkerProcess::open() {
    if (auto opened = open_adapters(); !opened) {
        return opened;
    }
    make_services();
    return open_loops();
}

Result<bool, std::string> WorkerProcess::open_adapters() {
    adapters::PostgresOptions database;
    database.url = config_.database.url;
    for (const std::string& error : validate(database)) {
        return fail("DATABASE_URL: " + error);
    }
    auto redis = adapters::parse_redis_url(config_.redis.url.reveal());
    if (!redis) {
        return fail("REDIS_URL: " + redis.error());
    }
    redis_options_ = std::move(*redis);
    adapters::LivekitApiOptions livekit;
    livekit.url = config_.livekit.url;
    livekit.key = {config_.livekit.api_key, config_.livekit.api_secret};
    for (const std::string& error : validate(livekit)) {
        return fail("LIVEKIT_URL: " + error);
    }
    database_ = std::make_unique<adapters::PostgresDatabase>(std::move(database), database_pool_);
    redis_ = std::make_unique<adapters::RedisClient>(loop_, redis_options_);
    queue_ = std::make_unique<adapters::RedisJobQueue>(*redis_);
    journal_ = std::make_unique<adapters::RedisCallJournal>(*redis_);
    rooms_ = std::make_unique<adapters::LivekitRoomControl>(loop_, http_client_, livekit);
    account_store_ = std::make_unique<adapters::SqlAccountStore>(*database_, loop_);
    resource_store_ = std::make_unique<adapters::SqlResourceStore>(*database_, loop_);
    call_store_ = std::make_unique<adapters::SqlCallStore>(*database_, loop_);
    call_recovery_ = std::make_unique<adapters::SqlCallRecovery>(*database_, loop_);
    return true;
}

void WorkerProcess::make_services() {
    services::WorkerOptions options;
    options.worker_id = entropy_.uuid();
    options.calls_max = static_cast<std::uint32_t>(calls_max_);
    options.agents = config_.agents;
    worker_ = std::make_unique<services::Worker>(
        std::move(options), services::Worker::Parts{loop_, *queue_, *journal_, *call_store_,
                                                    *resource_store_, dispatcher_, rooms_.get()});
    heartbeat_ = std::make_unique<services::CallHeartbeat>(
        *call_recovery_, loop_, [this] { return worker_->held_calls(); });
    health_.add("database", true, [this] { return answers(*account_store_); });
    health_.add_for_start("redis", [this] { return redis_->ping(); });
    health_.add("livekit", false, [this] { return services::answers(*rooms_); });
    metrics()
        .gauge("studio_worker_calls_max", "Calls that this worker holds at once, at most.")
        .set(static_cast<std::int64_t>(calls_max_));
    operator_api_ = std::make_unique<adapters::OperatorApi>(adapters::OperatorApi::Parts{
        health_, loop_, STUDIO_VERSION, config_.operators.metrics_token, {}});
    http_ = std::make_unique<adapters::HttpServer>(
        adapters::operator_server_options(config_.http.host, config_.http.port),
        adapters::HttpServer::Parts{loop_, nullptr, entropy_}, operator_api_->routes());
}

Result<bool, std::string> WorkerProcess::open_loops() {
    const RoomLoop::Shared shared{config_,
                                  redis_options_,
                                  (calls_max_ + loop_count_ - 1) / loop_count_,
                                  provider_pool_,
                                  file_pool_,
                                  *database_,
                                  entropy_,
                                  webrtc::make_identity()};
    for (unsigned index = 0; index < loop_count_; ++index) {
        room_loops_.push_back(std::make_unique<RoomLoop>(index, config_.media_priority));
        RoomLoop& room_loop = *room_loops_.back();
        const auto opened = room_loop.open(
            shared, [this](const CallId& id, services::CallEnd end) { on_call_ended(id, end); },
            [this, index](const services::LoopLoad& load) {
                loop_.post([this, index, load] { worker_->on_load(index, load); });
            });
        if (!opened) {
            return fail(opened.error());
        }
        dispatcher_.add_host(room_loop.loop(), room_loop.host());
    }
    runtime::log_media_priority(room_loops_.front()->priority(), config_.media_priority);
    return true;
}

int WorkerProcess::run() {
    signals_ = std::make_unique<runtime::Signals>(loop_, [this](int) { on_signal(); });
    loop_.post([this] { start(); });
    loop_.run();
    return exit_code_;
}

void WorkerProcess::start() {
    const auto port = http_->start();
    if (!port) {
        std::cerr << "error: " << port.error() << '\n';
        exit_code_ = 1;
        on_signal();
        return;
    }
    listening_ = true;
    std::cout << "Agent Studio " STUDIO_VERSION " worker takes up to " << calls_max_
              << " calls.\n  health    http://" << config_.http.host << ':' << *port << "/health"
              << "\n  ears      " << describe_ears(config_.providers) << "\n  voice     "
              << describe_voice(config_.providers) << std::endl;
    worker_->start();
    heartbeat_->start();
    if (!config_.livekit.agent_name.empty()) {
        scope_.spawn(open_desk());
    }
    sampler_.start([this] { return services::sample_queue(*queue_); });
    sampler_.start([this] { return services::sample_health(health_); });
}

/// From a room loop.
void WorkerProcess::on_call_ended(const CallId& id, services::CallEnd end) {
    worker_->on_call_ended(id, end);
    loop_.post([this, id] {
        if (desk_) {
            desk_->on_call_ended(id, "");
        }
    });
}

/// Offers this worker for rooms of others, as soon as it is known whose calls they are.
Task<void> WorkerProcess::open_desk() {
    const auto tenant =
        co_await services::wait_for_default_tenant(*account_store_, loop_, stopping_token_.token());
    if (!tenant || stopping_) {
        co_return;
    }
    adapters::LivekitJobSourceOptions source;
    source.url = config_.livekit.url;
    source.key = {config_.livekit.api_key, config_.livekit.api_secret};
    source.worker.agent_name = config_.livekit.agent_name;
    job_source_ = std::make_unique<adapters::LivekitJobSource>(loop_, sockets_, std::move(source));
    services::RoomDeskOptions desk;
    desk.tenant = *tenant;
    desk.default_agent = config_.default_agent;
    desk.agents = config_.agents;
    desk.calls_max = static_cast<std::uint32_t>(calls_max_);
    desk.queue_limits = admission_limits(config_.limits);
    services::CallHolder& holder = *this;
    desk_ = std::make_unique<services::RoomDesk>(
        std::move(desk), services::RoomDesk::Parts{loop_, holder, *call_store_, *queue_, *rooms_,
                                                   *job_source_, entropy_});
    job_source_->start(*desk_);
}

Task<Result<bool, services::HoldError>> WorkerProcess::hold(services::HoldRequest request) {
    return worker_->take_directly(std::move(request), admission_limits(config_.limits));
}

Task<bool> WorkerProcess::end(CallId id, core::EndReason reason) {
    return dispatcher_.end(std::move(id), reason);
}

Task<void> WorkerProcess::shut_down() {
    health_.start_draining();
    stopping_token_.request();
    if (job_source_) {
        job_source_->drain();
    }
    const bool none_ended = co_await worker_->drain(config_.drain_timeout);
    STUDIO_LOG(info, "drained", {"every_call_handed_over_or_over", none_ended});
    co_await heartbeat_->close();
    co_await worker_->close();
    if (desk_) {
        co_await desk_->close();
    }
    for (const auto& room_loop : room_loops_) {
        co_await runtime::resume_on(room_loop->loop());
        co_await room_loop->finish();
        co_await runtime::resume_on(loop_);
    }
    co_await sampler_.close();
    if (listening_) {
        co_await http_->stop();
    }
    co_await health_.close();
    loop_.stop();
}

void WorkerProcess::on_signal() {
    if (stopping_) {
        // The second signal means at once: other workers take the calls over from the journal.
        std::_Exit(1);
    }
    stopping_ = true;
    STUDIO_LOG(info, "shutting_down", {"drain_timeout_s", config_.drain_timeout.count()},
               {"calls", worker_->count()});
    scope_.spawn(shut_down());
}

int run_worker(const WorkerConfig& config) {
    add_process_metrics();
    WorkerProcess process(config);
    if (const auto opened = process.open(); !opened) {
        std::cerr << "error: " << opened.error() << '\n';
        return 1;
    }
    return process.run();
}

}  // namespace studio::apps
