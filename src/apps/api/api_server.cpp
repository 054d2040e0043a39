#include "apps/api/api_server.hpp"

#include <cstdlib>
#include <iostream>
#include <utility>

#include "adapters/http/api/pages/page.hpp"
#include "adapters/http/api/rooms/room_webhook.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"
#include "base/process_metrics.hpp"

namespace studio::apps {
namespace {

/// Requests that may wait for a connection; beyond it they are answered 503 at once.
constexpr std::size_t database_queue_max = 2'000;
/// Between tries to write the first key while the database is away.
constexpr milliseconds first_key_pause{1'000};

adapters::LivekitApiOptions livekit_options(const LivekitOptions& config) {
    adapters::LivekitApiOptions options;
    options.url = config.url;
    options.public_url = config.public_url;
    options.key = {config.api_key, config.api_secret};
    options.outbound_trunk_id = config.outbound_trunk;
    return options;
}

services::RoomCallsOptions call_options(const ApiConfig& config) {
    services::RoomCallsOptions options;
    options.limits.tenant_calls_max = config.limits.tenant_calls_max;
    options.limits.agent_calls_max = config.limits.agent_calls_max;
    options.limits.waiting_max = config.limits.waiting_max;
    options.limits.oldest_age_max = config.limits.waiting_age_max;
    options.phone_calls = !config.livekit.outbound_trunk.empty();
    return options;
}

}  // namespace

ApiServer::ApiServer(const ApiConfig& config)
    : config_(config),
      loop_(runtime::AsioLoopOptions{.name = "api"}),
      database_pool_({.name = "database",
                      .threads = config.database.connections_max,
                      .queue_max = database_queue_max}),
      provider_pool_({.name = "providers", .threads = 1}),
      http_client_(loop_),
      providers_(loop_, provider_pool_, config.providers, 0),
      provider_check_(providers_),
      webhook_reader_({config.livekit.api_key, config.livekit.api_secret}),
      health_(loop_),
      sampler_(loop_),
      scope_(loop_) {}

ApiServer::~ApiServer() {
    database_pool_.stop();
    provider_pool_.stop();
}

Result<bool, std::string> ApiServer::open() {
    if (auto opened = open_adapters(); !opened) {
        return opened;
    }
    make_services();
    make_http();
    return true;
}

Result<bool, std::string> ApiServer::open_adapters() {
    adapters::PostgresOptions database;
    database.url = config_.database.url;
    for (const std::string& error : validate(database)) {
        return fail("DATABASE_URL: " + error);
    }
    auto redis = adapters::parse_redis_url(config_.redis.url.reveal());
    if (!redis) {
        return fail("REDIS_URL: " + redis.error());
    }
    const adapters::LivekitApiOptions livekit = livekit_options(config_.livekit);
    for (const std::string& error : validate(livekit)) {
        return fail("LIVEKIT_URL: " + error);
    }
    database_ = std::make_unique<adapters::PostgresDatabase>(std::move(database), database_pool_);
    redis_ = std::make_unique<adapters::RedisClient>(loop_, std::move(*redis));
    queue_ = std::make_unique<adapters::RedisJobQueue>(*redis_);
    bus_ = std::make_unique<adapters::RedisEventBus>(*redis_);
    rooms_ = std::make_unique<adapters::LivekitRoomControl>(loop_, http_client_, livekit);
    account_store_ = std::make_unique<adapters::SqlAccountStore>(*database_, loop_);
    resource_store_ = std::make_unique<adapters::SqlResourceStore>(*database_, loop_);
    call_store_ = std::make_unique<adapters::SqlCallStore>(*database_, loop_);
    call_recovery_ = std::make_unique<adapters::SqlCallRecovery>(*database_, loop_);
    key_store_ = std::make_unique<adapters::SqlIdempotencyStore>(*database_, loop_);
    outbox_store_ = std::make_unique<adapters::SqlOutboxStore>(*database_, loop_);
    room_directory_ = std::make_unique<adapters::SqlRoomDirectory>(*database_, loop_);
    return true;
}

void ApiServer::make_services() {
    accounts_ = std::make_unique<services::Accounts>(
        services::Accounts::Parts{*account_store_, digest_, entropy_, loop_});
    resources_ = std::make_unique<services::Resources>(
        services::Resources::Parts{*resource_store_, provider_check_, entropy_, loop_});
    call_reader_ = std::make_unique<services::CallReader>(*call_store_);
    calls_ = std::make_unique<services::RoomCalls>(
        call_options(config_),
        services::RoomCalls::Parts{*call_store_, *call_recovery_, *key_store_, *resource_store_,
                                   *queue_, *rooms_, entropy_, loop_});
    relay_ = std::make_unique<services::OutboxRelay>(
        services::OutboxRelayOptions{},
        services::OutboxRelay::Parts{*outbox_store_, *key_store_, *bus_, entropy_, loop_});
    room_watch_ = std::make_unique<services::RoomWatch>(
        services::RoomWatchOptions{},
        services::RoomWatch::Parts{*room_directory_, *call_store_, loop_, queue_.get(),
                                   rooms_.get()});
    health_.add("database", true, [this] { return is_database_ready(); });
    health_.add("redis", false, [this] { return redis_->ping(); });
    health_.add("livekit", false, [this] { return services::answers(*rooms_); });
}

void ApiServer::make_http() {
    api_ = std::make_unique<adapters::Api>(
        adapters::Api::Parts{*resources_, *call_reader_, *calls_, loop_});
    operator_api_ = std::make_unique<adapters::OperatorApi>(adapters::OperatorApi::Parts{
        health_, loop_, STUDIO_VERSION, config_.operators.metrics_token, providers_.gaps()});
    std::vector<adapters::Route> routes = api_->routes();
    routes.push_back(adapters::room_webhook_route("/api/v1/livekit/webhook", webhook_reader_,
                                                  *room_watch_, loop_));
    for (adapters::Route& route : operator_api_->routes()) {
        routes.push_back(std::move(route));
    }
    for (adapters::Route& route : adapters::docs_routes()) {
        routes.push_back(std::move(route));
    }
    adapters::HttpServerOptions options;
    options.address = config_.http.host;
    options.port = config_.http.port;
    http_ = std::make_unique<adapters::HttpServer>(
        std::move(options), adapters::HttpServer::Parts{loop_, accounts_.get(), entropy_},
        std::move(routes));
}

int ApiServer::run() {
    signals_ = std::make_unique<runtime::Signals>(loop_, [this](int) { on_signal(); });
    loop_.post([this] { scope_.spawn(start()); });
    loop_.run();
    return exit_code_;
}

Task<void> ApiServer::start() {
    const auto port = http_->start();
    if (!port) {
        std::cerr << "error: " << port.error() << '\n';
        exit_code_ = 1;
        on_signal();
        co_return;
    }
    listening_ = true;
    std::cout << "Agent Studio " STUDIO_VERSION " API listens.\n  API       http://"
              << config_.http.host << ':' << *port << "/api/v1" << std::endl;
    calls_->start();
    relay_->start();
    start_sampling();
    bool told = false;
    while (!stopping_) {
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
            co_await runtime::sleep_for(loop_, first_key_pause, scope_.token());
    }
}

/// Ready means that the first key is let in, too.
Task<bool> ApiServer::is_database_ready() {
    if (!has_first_key_) {
        co_return false;
    }
    co_return co_await accounts_->is_ready();
}

/// False where the database cannot be used yet.
Task<bool> ApiServer::admit_first_key() {
    if (!config_.first_api_key.reveal().empty()) {
        const auto admitted = co_await accounts_->admit_key(config_.first_api_key);
        co_return admitted.has_value();
    }
    const auto made = co_await accounts_->bootstrap();
    if (made && *made) {
        std::cout << "  API key   " << (*made)->reveal() << "  (shown only this once)" << std::endl;
    }
    co_return made.has_value();
}

void ApiServer::start_sampling() {
    sampler_.start([this] { return services::sample_queue(*queue_); });
    sampler_.start([this] { return services::sample_outbox(*outbox_store_); });
    sampler_.start([this] { return services::sample_rooms(*rooms_); });
    sampler_.start([this] { return services::sample_health(health_); });
    sampler_.start([this] { return sample_redis(); });
}

Task<void> ApiServer::sample_redis() {
    const auto status = co_await redis_->status();
    if (status) {
        metrics()
            .gauge("studio_redis_memory_bytes", "Memory that Redis uses for its data.")
            .set(static_cast<std::int64_t>(status->used_memory_bytes));
    }
}

Task<void> ApiServer::shut_down() {
    health_.start_draining();
    if (listening_) {
        [[maybe_unused]] const bool slept =
            co_await runtime::sleep_for(loop_, config_.drain_timeout);
        calls_->stop_accepting();
        co_await http_->stop();
    }
    co_await calls_->close();
    co_await relay_->close();
    co_await room_watch_->close();
    co_await sampler_.close();
    co_await health_.close();
    loop_.stop();
}

void ApiServer::on_signal() {
    if (stopping_) {
        // The second signal means at once; what was answered is in the database.
        std::_Exit(1);
    }
    stopping_ = true;
    STUDIO_LOG(info, "shutting_down", {"drain_timeout_s", config_.drain_timeout.count()});
    scope_.spawn(shut_down());
}

int run_api(const ApiConfig& config) {
    add_process_metrics();
    ApiServer server(config);
    if (const auto opened = server.open(); !opened) {
        std::cerr << "error: " << opened.error() << '\n';
        return 1;
    }
    return server.run();
}

}  // namespace studio::apps
