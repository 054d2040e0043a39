#include "apps/worker/worker_process.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

#include "apps/config/cpu_count.hpp"
#include "apps/providers/local_speech.hpp"
#include "apps/providers/local_voice.hpp"
#include "apps/providers/turn_model.hpp"
#include "apps/providers/voice_model.hpp"
#include "base/disk_metrics.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"

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

}  // namespace

WorkerProcess::WorkerProcess(const WorkerConfig& config)
    : config_(config),
      loop_count_(count_loops(config)),
      calls_max_(count_calls(config)),
      frame_("control"),
      loop_(frame_.loop()),
      production_(loop_, config.database, database_queue_max),
      provider_pools_(config.providers.blocking_threads),
      file_pool_({.name = "files", .threads = 1}),
      dispatcher_(loop_, (calls_max_ + loop_count_ - 1) / loop_count_),
      host_control_(loop_, dispatcher_.places()),
      sockets_(loop_),
      health_(loop_),
      sampler_(loop_) {}

WorkerProcess::~WorkerProcess() {
    for (const auto& room_loop : room_loops_) {
        room_loop->close();
    }
    production_.close();
    provider_pools_.stop();
    file_pool_.stop();
}

Result<bool, std::string> WorkerProcess::open() {
    if (auto opened = production_.open(config_.database, config_.redis, config_.livekit); !opened) {
        return opened;
    }
    make_services();
    return open_loops();
}

void WorkerProcess::make_services() {
    Stores& stores = production_.stores();
    journal_ = std::make_unique<adapters::RedisCallJournal>(production_.redis());
    live_bus_ = std::make_unique<adapters::RedisLiveBus>(production_.redis());
    telling_calls_ = std::make_unique<services::TellingCallStore>(
        stores.calls, services::CallTeller(loop_, live_bus_.get()));
    control_desk_ =
        std::make_unique<adapters::RedisControlDesk>(production_.redis(), host_control_);
    services::WorkerOptions options;
    options.worker_id = entropy_.uuid();
    options.calls_max = static_cast<std::uint32_t>(calls_max_);
    options.agents = config_.agents;
    worker_ = std::make_unique<services::Worker>(
        std::move(options),
        services::Worker::Parts{loop_, production_.queue(), *journal_, *telling_calls_,
                                stores.resources, dispatcher_, &production_.rooms()});
    heartbeat_ = std::make_unique<services::CallHeartbeat>(
        stores.recovery, loop_, [this] { return worker_->held_calls(); });
    health_.add("database", true, [&stores] { return answers(stores.accounts); });
    health_.add_for_start("redis", [this] { return production_.redis().ping(); });
    production_.add_livekit_to(health_);
    queue_sampler_ = std::make_unique<services::QueueSampler>(production_.queue());
    services::show_pools_served(config_.agents);
    add_disk_metrics(config_.database.spool);
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
    const RoomLoop::Shared shared{
        config_,
        production_.redis_options(),
        (calls_max_ + loop_count_ - 1) / loop_count_,
        {config_.providers, provider_pools_, production_.database(),
         load_voice_model(config_.providers), turn_model(config_.providers)},
        file_pool_,
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
        dispatcher_.add_host(room_loop.calls().loop(), room_loop.calls().host());
    }
    runtime::log_media_priority(room_loops_.front()->calls().priority(), config_.media_priority);
    return true;
}

int WorkerProcess::run() {
    return frame_.run([this] { return start(); }, [this] { return shut_down(); });
}

Task<void> WorkerProcess::start() {
    const auto port = http_->start();
    if (!port) {
        frame_.give_up(port.error());
        co_return;
    }
    listening_ = true;
    std::cout << "Agent Studio " STUDIO_VERSION " worker takes up to " << calls_max_
              << " calls.\n  health    http://" << config_.http.host << ':' << *port << "/health"
              << "\n  ears      " << describe_ears(config_.providers) << "\n  voice     "
              << describe_voice(config_.providers) << std::endl;
    worker_->start();
    heartbeat_->start();
    note_removal_cost();
    if (!config_.livekit.agent_name.empty()) {
        frame_.scope().spawn(open_desk());
    }
    sampler_.start([this] { return queue_sampler_->sample(); });
    sampler_.start([this] { return services::sample_health(health_); });
}

void WorkerProcess::note_removal_cost() {
    if (!config_.pod.is_in_cluster()) {
        return;
    }
    adapters::CurlOptions curl;
    curl.ca_file = config_.pod.ca_file();
    cluster_client_ = std::make_unique<adapters::CurlHttpClient>(loop_, std::move(curl));
    removal_cost_ = std::make_unique<adapters::PodDeletionCost>(*cluster_client_, config_.pod);
    removal_note_ = std::make_unique<services::RemovalNote>(*removal_cost_, loop_,
                                                            [this] { return worker_->count(); });
    removal_note_->start();
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
    const auto tenant = co_await services::wait_for_default_tenant(production_.stores().accounts,
                                                                   loop_, stopping_token_.token());
    if (!tenant || frame_.is_stopping()) {
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
        std::move(desk),
        services::RoomDesk::Parts{loop_, holder, *telling_calls_, production_.queue(),
                                  production_.rooms(), *job_source_, entropy_});
    job_source_->start(*desk_);
}

Task<Result<bool, services::HoldError>> WorkerProcess::hold(services::HoldRequest request) {
    return worker_->take_directly(std::move(request), admission_limits(config_.limits));
}

Task<bool> WorkerProcess::end(CallId id, core::EndReason reason) {
    return dispatcher_.end(std::move(id), reason);
}

Task<void> WorkerProcess::shut_down() {
    STUDIO_LOG(info, "shutting_down", {"drain_timeout_s", config_.drain_timeout.count()},
               {"calls", worker_->count()});
    health_.start_draining();
    stopping_token_.request();
    if (job_source_) {
        job_source_->drain();
    }
    const bool none_ended = co_await worker_->drain(config_.drain_timeout);
    STUDIO_LOG(info, "drained", {"every_call_handed_over_or_over", none_ended});
    if (removal_note_) {
        co_await removal_note_->close();
    }
    co_await control_desk_->close();
    co_await heartbeat_->close();
    co_await worker_->close();
    if (desk_) {
        co_await desk_->close();
    }
    for (const auto& room_loop : room_loops_) {
        co_await runtime::resume_on(room_loop->calls().loop());
        co_await room_loop->finish();
        co_await runtime::resume_on(loop_);
    }
    co_await live_bus_->close();
    co_await sampler_.close();
    if (listening_) {
        co_await http_->stop();
    }
    co_await health_.close();
}

}  // namespace studio::apps
