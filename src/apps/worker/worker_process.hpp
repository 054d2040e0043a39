#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/curl/curl_http_client.hpp"
#include "adapters/http/api/operations/operator_api.hpp"
#include "adapters/http/server/http_server.hpp"
#include "adapters/livekit_agent/livekit_job_source.hpp"
#include "adapters/redis/redis_call_control.hpp"
#include "apps/parts/process_frame.hpp"
#include "apps/parts/production.hpp"
#include "apps/worker/room_loop.hpp"
#include "services/hosting/host/host_control.hpp"
#include "services/hosting/lease/call_heartbeat.hpp"
#include "services/hosting/rooms/room_desk.hpp"
#include "services/hosting/worker/worker.hpp"
#include "services/live/telling_call_store.hpp"
#include "services/operations/health.hpp"
#include "services/operations/metric_sampler.hpp"
#include "services/operations/removal_note.hpp"

namespace studio::apps {

/// `agent-studio worker`: takes calls from the queue and holds them in LiveKit rooms; any number of
/// replicas. The control loop, on the thread that calls run(), takes and renews leases and serves
/// health and metrics; each room loop has a thread of its own. docs/shutdown.md tells how it ends.
class WorkerProcess final : private services::CallHolder {
public:
    explicit WorkerProcess(const WorkerConfig& config);
    ~WorkerProcess() override;
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;

    /// Opens what needs no network; nothing half-starts. The error is one line for people.
    [[nodiscard]] Result<bool, std::string> open();
    /// Works until a signal, then hands its calls over and returns the exit code.
    [[nodiscard]] int run();

private:
    [[nodiscard]] Result<bool, std::string> open_loops();
    void make_services();
    [[nodiscard]] Task<void> start();
    // services::CallHolder, for rooms of others.
    [[nodiscard]] bool has_room() const override { return worker_->has_room(); }
    [[nodiscard]] std::size_t count() const override { return worker_->count(); }
    [[nodiscard]] Task<Result<bool, services::HoldError>> hold(
        services::HoldRequest request) override;
    [[nodiscard]] Task<bool> end(CallId id, core::EndReason reason) override;
    [[nodiscard]] Task<void> open_desk();
    void note_removal_cost();
    void on_call_ended(const CallId& id, services::CallEnd end);
    [[nodiscard]] Task<void> shut_down();

    WorkerConfig config_;
    unsigned loop_count_;
    std::size_t calls_max_;
    SystemEntropy entropy_;
    ProcessFrame frame_;
    runtime::AsioLoop& loop_;
    Production production_;
    ProviderPools provider_pools_;
    runtime::BlockingPool file_pool_;
    std::unique_ptr<adapters::RedisCallJournal> journal_;
    std::unique_ptr<adapters::RedisLiveBus> live_bus_;
    /// What is written here of calls that no loop holds is told to whoever watches them.
    std::unique_ptr<services::TellingCallStore> telling_calls_;
    services::Dispatcher dispatcher_;
    services::HostControl host_control_;
    std::unique_ptr<adapters::RedisControlDesk> control_desk_;
    std::vector<std::unique_ptr<RoomLoop>> room_loops_;
    std::unique_ptr<services::Worker> worker_;
    std::unique_ptr<services::CallHeartbeat> heartbeat_;
    adapters::BeastWebSocketClient sockets_;
    /// Both are there where LIVEKIT_AGENT_NAME is set and the database has answered once.
    std::unique_ptr<adapters::LivekitJobSource> job_source_;
    std::unique_ptr<services::RoomDesk> desk_;
    /// These are there in a cluster only. The client knows the cluster's own authority.
    std::unique_ptr<adapters::CurlHttpClient> cluster_client_;
    std::unique_ptr<adapters::PodDeletionCost> removal_cost_;
    std::unique_ptr<services::RemovalNote> removal_note_;
    services::Health health_;
    services::MetricSampler sampler_;
    std::unique_ptr<services::QueueSampler> queue_sampler_;
    std::unique_ptr<adapters::OperatorApi> operator_api_;
    std::unique_ptr<adapters::HttpServer> http_;
    runtime::CancellationSource stopping_token_;
    bool listening_ = false;
};

}  // namespace studio::apps
