#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/curl/curl_http_client.hpp"
#include "adapters/http/api/api.hpp"
#include "adapters/http/api/operations/operator_api.hpp"
#include "adapters/http/server/http_server.hpp"
#include "adapters/livekit_api/livekit_room_control.hpp"
#include "adapters/livekit_api/livekit_webhook_reader.hpp"
#include "adapters/openssl/openssl_digest.hpp"
#include "adapters/postgres/postgres_database.hpp"
#include "adapters/redis/redis_event_bus.hpp"
#include "adapters/redis/redis_job_queue.hpp"
#include "adapters/sql/sql_account_store.hpp"
#include "adapters/sql/sql_call_store.hpp"
#include "adapters/sql/sql_idempotency_store.hpp"
#include "adapters/sql/sql_outbox_store.hpp"
#include "adapters/sql/sql_resource_store.hpp"
#include "adapters/sql/sql_room_directory.hpp"
#include "apps/api/api_config.hpp"
#include "apps/providers/provider_set.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/signals.hpp"
#include "services/calls/in_rooms/room_calls.hpp"
#include "services/calls/in_rooms/room_watch.hpp"
#include "services/delivery/outbox_relay.hpp"
#include "services/operations/metric_sampler.hpp"
#include "services/resources/resources.hpp"

namespace studio::apps {

/// `agent-studio api`: the REST API on PostgreSQL, Redis and LiveKit, without media; any number of
/// replicas. Everything but the database's threads is on one loop, on the thread that calls run().
/// What it needs may be away, at the start, too: it listens at once, says `not_ready`, and is ready
/// as soon as the database answers. docs/shutdown.md tells how it ends.
class ApiServer {
public:
    explicit ApiServer(const ApiConfig& config);
    ~ApiServer();
    ApiServer(const ApiServer&) = delete;
    ApiServer& operator=(const ApiServer&) = delete;

    /// Checks what can be checked without a network. The error is one line for people.
    [[nodiscard]] Result<bool, std::string> open();
    /// Serves until a signal and returns the exit code.
    [[nodiscard]] int run();

private:
    [[nodiscard]] Result<bool, std::string> open_adapters();
    void make_services();
    void make_http();
    void start_sampling();
    [[nodiscard]] Task<void> start();
    [[nodiscard]] Task<bool> admit_first_key();
    [[nodiscard]] Task<bool> is_database_ready();
    [[nodiscard]] Task<void> shut_down();
    [[nodiscard]] Task<void> sample_redis();
    void on_signal();

    ApiConfig config_;
    SystemEntropy entropy_;
    adapters::OpensslDigest digest_;
    runtime::AsioLoop loop_;
    runtime::BlockingPool database_pool_;
    runtime::BlockingPool provider_pool_;
    std::unique_ptr<adapters::PostgresDatabase> database_;
    std::unique_ptr<adapters::RedisClient> redis_;
    std::unique_ptr<adapters::RedisJobQueue> queue_;
    std::unique_ptr<adapters::RedisEventBus> bus_;
    adapters::CurlHttpClient http_client_;
    std::unique_ptr<adapters::LivekitRoomControl> rooms_;
    ProviderSet providers_;
    ProviderCheck provider_check_;
    std::unique_ptr<adapters::SqlAccountStore> account_store_;
    std::unique_ptr<adapters::SqlResourceStore> resource_store_;
    std::unique_ptr<adapters::SqlCallStore> call_store_;
    std::unique_ptr<adapters::SqlCallRecovery> call_recovery_;
    std::unique_ptr<adapters::SqlIdempotencyStore> key_store_;
    std::unique_ptr<adapters::SqlOutboxStore> outbox_store_;
    std::unique_ptr<adapters::SqlRoomDirectory> room_directory_;
    std::unique_ptr<services::Accounts> accounts_;
    std::unique_ptr<services::Resources> resources_;
    std::unique_ptr<services::CallReader> call_reader_;
    std::unique_ptr<services::RoomCalls> calls_;
    std::unique_ptr<services::OutboxRelay> relay_;
    adapters::LivekitWebhookReader webhook_reader_;
    std::unique_ptr<services::RoomWatch> room_watch_;
    services::Health health_;
    services::MetricSampler sampler_;
    std::unique_ptr<adapters::Api> api_;
    std::unique_ptr<adapters::OperatorApi> operator_api_;
    std::unique_ptr<adapters::HttpServer> http_;
    std::unique_ptr<runtime::Signals> signals_;
    runtime::TaskScope scope_;
    bool listening_ = false;
    bool has_first_key_ = false;
    bool stopping_ = false;
    int exit_code_ = 0;
};

/// Runs the server until SIGTERM or SIGINT. Returns the exit code: 0 after an orderly end, 1 where
/// it could not start. Precondition: the configuration is valid.
[[nodiscard]] int run_api(const ApiConfig& config);

}  // namespace studio::apps
