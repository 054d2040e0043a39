#pragma once

#include <memory>
#include <string>

#include "adapters/livekit_api/livekit_webhook_reader.hpp"
#include "adapters/redis/redis_call_control.hpp"
#include "adapters/redis/redis_event_bus.hpp"
#include "adapters/redis/redis_live_bus.hpp"
#include "adapters/redis/redis_rate_counter.hpp"
#include "adapters/sql/sql_outbox_store.hpp"
#include "adapters/sql/sql_room_directory.hpp"
#include "apps/api/api_config.hpp"
#include "apps/parts/live_side.hpp"
#include "apps/parts/process_frame.hpp"
#include "apps/parts/production.hpp"
#include "apps/parts/rest_api.hpp"
#include "apps/parts/webhook_side.hpp"
#include "services/calls/in_rooms/room_calls.hpp"
#include "services/calls/in_rooms/room_watch.hpp"
#include "services/delivery/outbox_relay.hpp"
#include "services/live/telling_call_store.hpp"
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
    void make_services();
    void start_sampling();
    [[nodiscard]] Task<void> start();
    [[nodiscard]] Task<bool> admit_first_key();
    [[nodiscard]] Task<bool> is_database_ready();
    [[nodiscard]] Task<void> shut_down();
    [[nodiscard]] Task<void> sample_redis();

    ApiConfig config_;
    SystemEntropy entropy_;
    ProcessFrame frame_;
    runtime::AsioLoop& loop_;
    Production production_;
    ProviderPools provider_pools_;
    ProviderSet providers_;
    std::unique_ptr<adapters::RedisEventBus> bus_;
    std::unique_ptr<adapters::RedisLiveBus> live_bus_;
    std::unique_ptr<adapters::RedisCallControl> call_control_;
    /// What is written here of calls is told to whoever watches them.
    std::unique_ptr<services::TellingCallStore> telling_calls_;
    std::unique_ptr<adapters::RedisRateCounter> rate_counter_;
    std::unique_ptr<adapters::SqlOutboxStore> outbox_store_;
    std::unique_ptr<adapters::SqlRoomDirectory> room_directory_;
    std::unique_ptr<services::RoomCalls> calls_;
    std::unique_ptr<services::OutboxRelay> relay_;
    std::unique_ptr<WebhookSide> webhooks_;
    adapters::LivekitWebhookReader webhook_reader_;
    std::unique_ptr<services::RoomWatch> room_watch_;
    services::Health health_;
    services::MetricSampler sampler_;
    std::unique_ptr<services::QueueSampler> queue_sampler_;
    std::unique_ptr<RestApi> rest_;
    std::unique_ptr<LiveSide> live_;
    bool listening_ = false;
    bool has_first_key_ = false;
};

}  // namespace studio::apps
