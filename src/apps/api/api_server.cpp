#include "apps/api/api_server.hpp"

#include <iostream>
#include <utility>

#include "adapters/http/api/rooms/room_webhook.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"

namespace studio::apps {
namespace {

/// Requests that may wait for a connection; beyond it they are answered 503 at once.
constexpr std::size_t database_queue_max = 2'000;
/// Between tries to write the first key while the database is away.
constexpr milliseconds first_key_pause{1'000};

services::RoomCallsOptions call_options(const ApiConfig& config) {
    services::RoomCallsOptions options;
    options.limits = admission_limits(config.limits);
    options.phone_calls = !config.livekit.outbound_trunk.empty();
    return options;
}

}  // namespace

ApiServer::ApiServer(const ApiConfig& config)
    : config_(config),
      frame_("api"),
      loop_(frame_.loop()),
      production_(loop_, config.database, database_queue_max),
      provider_pools_(1),
      providers_(loop_, provider_pools_, config.providers, 0),
      webhook_reader_({config.livekit.api_key, config.livekit.api_secret}),
      health_(loop_),
      sampler_(loop_) {}

ApiServer::~ApiServer() {
    production_.close();
    provider_pools_.stop();
}

Result<bool, std::string> ApiServer::open() {
    if (auto opened = production_.open(config_.database, config_.redis, config_.livekit); !opened) {
        return opened;
    }
    make_services();
    std::vector<adapters::Route> more = webhooks_->routes(*calls_);
    adapters::append_routes(more, live_->routes());
    more.push_back(adapters::room_webhook_route("/api/v1/livekit/webhook", webhook_reader_,
                                                *room_watch_, loop_));
    rest_->make_server(*calls_, config_.http, config_.operators, std::move(more));
    return true;
}

void ApiServer::make_services() {
    Stores& stores = production_.stores();
    bus_ = std::make_unique<adapters::RedisEventBus>(production_.redis());
    outbox_store_ = std::make_unique<adapters::SqlOutboxStore>(production_.database(), loop_);
    room_directory_ = std::make_unique<adapters::SqlRoomDirectory>(production_.database(), loop_);
    rate_counter_ = std::make_unique<adapters::RedisRateCounter>(production_.redis());
    rest_ = std::make_unique<RestApi>(RestApi::Parts{loop_, entropy_, stores, providers_, health_,
                                                     rate_counter_.get(), config_.rate_limit,
                                                     config_.sign_in});
    live_bus_ = std::make_unique<adapters::RedisLiveBus>(production_.redis());
    telling_calls_ = std::make_unique<services::TellingCallStore>(
        stores.calls, services::CallTeller(loop_, live_bus_.get()));
    call_control_ =
        std::make_unique<adapters::RedisCallControl>(production_.redis(), entropy_.text(16));
    live_ = std::make_unique<LiveSide>(
        LiveSide::Parts{loop_, rest_->accounts(), stores.calls, *live_bus_, *call_control_},
        config_.http);
    calls_ = std::make_unique<services::RoomCalls>(
        call_options(config_),
        services::RoomCalls::Parts{*telling_calls_, stores.recovery, stores.keys, stores.resources,
                                   production_.queue(), production_.rooms(), entropy_, loop_});
    relay_ = std::make_unique<services::OutboxRelay>(
        services::OutboxRelayOptions{},
        services::OutboxRelay::Parts{*outbox_store_, stores.keys, *bus_, entropy_, loop_});
    webhooks_ = std::make_unique<WebhookSide>(
        config_.providers, config_.encryption, services::WebhookSenderOptions{},
        WebhookSide::Parts{loop_, entropy_, production_.database(), providers_.http_client()});
    room_watch_ = std::make_unique<services::RoomWatch>(
        services::RoomWatchOptions{},
        services::RoomWatch::Parts{*room_directory_, *telling_calls_, loop_, &production_.queue(),
                                   &production_.rooms()});
    health_.add("database", true, [this] { return is_database_ready(); });
    health_.add("redis", false, [this] { return production_.redis().ping(); });
    production_.add_livekit_to(health_);
}

int ApiServer::run() {
    return frame_.run([this] { return start(); }, [this] { return shut_down(); });
}

Task<void> ApiServer::start() {
    const auto port = rest_->server().start();
    if (!port) {
        frame_.give_up(port.error());
        co_return;
    }
    listening_ = true;
    std::cout << "Agent Studio " STUDIO_VERSION " API listens.\n  API       http://"
              << config_.http.host << ':' << *port << "/api/v1" << std::endl;
    calls_->start();
    relay_->start();
    webhooks_->start();
    start_sampling();
    bool told = false;
    while (!frame_.is_stopping()) {
        has_first_key_ = co_await admit_first_key();
        if (has_first_key_) {
            break;
        }
        if (!std::exchange(told, true)) {
            STUDIO_LOG(warning, "database_not_ready",
                       {"what_to_do",
                        "start it, and run `agent-studio migrate` once per release; trying on"});
        }
        [[maybe_unused]] const bool slept =
            co_await runtime::sleep_for(loop_, first_key_pause, frame_.scope().token());
    }
}

/// Ready means that the first key is let in, too.
Task<bool> ApiServer::is_database_ready() {
    if (!has_first_key_) {
        co_return false;
    }
    co_return co_await rest_->accounts().is_ready();
}

/// False where the database cannot be used yet.
Task<bool> ApiServer::admit_first_key() {
    const auto admitted = co_await rest_->admit_first_key(config_.first_api_key);
    if (admitted && *admitted) {
        std::cout << "  API key   " << (*admitted)->reveal() << "  (shown only this once)"
                  << std::endl;
    }
    co_return admitted.has_value();
}

void ApiServer::start_sampling() {
    queue_sampler_ = std::make_unique<services::QueueSampler>(production_.queue());
    sampler_.start([this] { return queue_sampler_->sample(); });
    sampler_.start([this] { return services::sample_outbox(*outbox_store_); });
    sampler_.start([this] { return services::sample_rooms(production_.rooms()); });
    sampler_.start([this] { return services::sample_health(health_); });
    sampler_.start([this] { return sample_redis(); });
}

Task<void> ApiServer::sample_redis() {
    const auto status = co_await production_.redis().status();
    if (status) {
        metrics()
            .gauge("studio_redis_memory_bytes", "Memory that Redis uses for its data.")
            .set(static_cast<std::int64_t>(status->used_memory_bytes));
        metrics()
            .gauge("studio_redis_memory_max_bytes", "What Redis may use; 0 where it has no limit.")
            .set(static_cast<std::int64_t>(status->memory_max_bytes));
    }
}

Task<void> ApiServer::shut_down() {
    STUDIO_LOG(info, "shutting_down", {"drain_timeout_s", config_.drain_timeout.count()});
    health_.start_draining();
    if (listening_) {
        [[maybe_unused]] const bool slept =
            co_await runtime::sleep_for(loop_, config_.drain_timeout);
        calls_->stop_accepting();
        rest_->stop_chats();
        co_await rest_->server().stop();
    }
    co_await rest_->close();
    co_await calls_->close();
    co_await relay_->close();
    co_await webhooks_->close();
    co_await room_watch_->close();
    co_await live_->close();
    co_await live_bus_->close();
    co_await sampler_.close();
    co_await health_.close();
}

}  // namespace studio::apps
