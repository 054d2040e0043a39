#include "apps/serve/server.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <thread>
#include <utility>

#include "adapters/http/api/pages/page.hpp"
#include "apps/config/key_file.hpp"
#include "apps/providers/voice_model.hpp"
#include "base/log.hpp"

namespace studio::apps {
namespace {

unsigned media_loop_count(const ServeConfig& config) {
    const unsigned cores = std::max(2U, std::thread::hardware_concurrency());
    return config.media_loops == 0 ? cores - 1 : config.media_loops;
}

}  // namespace

Server::Server(const ServeConfig& config)
    : config_(config),
      loop_(runtime::AsioLoopOptions{.name = "api"}),
      pool_(runtime::BlockingPoolOptions{.threads = config.providers.blocking_threads}),
      dispatcher_(loop_, config.calls_per_loop_max),
      health_(loop_),
      scope_(loop_) {}

Server::~Server() {
    for (const auto& media : media_loops_) {
        media->close();
    }
    pool_.stop();
}

Result<bool, std::string> Server::open() {
    if (auto opened = open_example(); !opened) {
        return opened;
    }
    auto lock = adapters::DatabaseLock::take(config_.database);
    if (!lock) {
        return fail(lock.error());
    }
    lock_ = std::move(*lock);
    auto database = adapters::SqliteDatabase::open({.path = config_.database}, pool_);
    if (!database) {
        return fail(database.error());
    }
    database_ = std::move(*database);
    if (auto opened = open_media(); !opened) {
        return opened;
    }
    make_services();
    return true;
}

/// First, because what tools may reach is settled when the media loops open.
Result<bool, std::string> Server::open_example() {
    if (!config_.example) {
        return true;
    }
    auto example = std::make_unique<RestaurantExample>(loop_, entropy_);
    if (auto opened = example->open(); !opened) {
        return opened;
    }
    example_ = std::move(example);
    config_.providers.allowed_addresses.push_back(example_->place());
    return true;
}

Task<Result<bool, std::string>> Server::install_example() {
    if (!example_) {
        co_return true;
    }
    auto tenant = co_await accounts_->default_tenant();
    if (!tenant) {
        co_return fail(tenant.error().message);
    }
    co_return co_await example_->install(*resources_, *std::move(tenant));
}

Result<bool, std::string> Server::open_media() {
    const MediaLoop::Shared shared{config_,
                                   pool_,
                                   *database_,
                                   entropy_,
                                   webrtc::make_identity(),
                                   load_voice_model(config_.providers)};
    for (unsigned index = 0; index < media_loop_count(config_); ++index) {
        media_loops_.push_back(std::make_unique<MediaLoop>(index, config_.media_priority));
        MediaLoop& media = *media_loops_.back();
        const auto port = media.open(
            shared, [this](const CallId& id, services::CallEnd) { dispatcher_.on_call_ended(id); });
        if (!port) {
            return fail(port.error());
        }
        media_ports_.push_back(*port);
        dispatcher_.add_host(media.loop(), media.host());
    }
    runtime::log_media_priority(media_loops_.front()->priority(), config_.media_priority);
    return true;
}

void Server::make_services() {
    providers_ = std::make_unique<ProviderSet>(loop_, pool_, config_.providers, 0);
    provider_check_ = std::make_unique<ProviderCheck>(*providers_);
    account_store_ = std::make_unique<adapters::SqlAccountStore>(*database_, loop_);
    resource_store_ = std::make_unique<adapters::SqlResourceStore>(*database_, loop_);
    call_store_ = std::make_unique<adapters::SqlCallStore>(*database_, loop_);
    key_store_ = std::make_unique<adapters::SqlIdempotencyStore>(*database_, loop_);
    call_recovery_ = std::make_unique<adapters::SqlCallRecovery>(*database_, loop_);
    heartbeat_ = std::make_unique<services::CallHeartbeat>(*call_recovery_, loop_,
                                                           [this] { return dispatcher_.calls(); });
    accounts_ = std::make_unique<services::Accounts>(
        services::Accounts::Parts{*account_store_, digest_, entropy_, loop_});
    resources_ = std::make_unique<services::Resources>(
        services::Resources::Parts{*resource_store_, *provider_check_, entropy_, loop_});
    call_reader_ = std::make_unique<services::CallReader>(*call_store_);
    calls_ = std::make_unique<services::DirectCalls>(
        services::DirectCallsOptions{},
        services::DirectCalls::Parts{*call_store_, *resource_store_, *key_store_, dispatcher_,
                                     entropy_, loop_});
    health_.add("database", true, [this] { return accounts_->is_ready(); });
    api_ = std::make_unique<adapters::Api>(
        adapters::Api::Parts{*resources_, *call_reader_, *calls_, loop_});
    operator_api_ = std::make_unique<adapters::OperatorApi>(adapters::OperatorApi::Parts{
        health_, loop_, STUDIO_VERSION, config_.operators.metrics_token, providers_->gaps()});
    make_http();
}

void Server::make_http() {
    std::vector<adapters::Route> routes = api_->routes();
    for (adapters::Route& route : operator_api_->routes()) {
        routes.push_back(std::move(route));
    }
    for (adapters::Route& route : adapters::page_routes()) {
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

int Server::run() {
    signals_ = std::make_unique<runtime::Signals>(loop_, [this](int) { on_signal(); });
    loop_.post([this] { scope_.spawn(start()); });
    loop_.run();
    return exit_code_;
}

void Server::give_up(const std::string& why) {
    std::cerr << "error: " << why << '\n';
    exit_code_ = 1;
    on_signal();
}

/// False where the database cannot be used.
Task<bool> Server::admit_first_key() {
    if (!config_.first_api_key.reveal().empty()) {
        const auto admitted = co_await accounts_->admit_key(config_.first_api_key);
        co_return admitted.has_value();
    }
    auto made = co_await accounts_->bootstrap();
    if (made) {
        made_key_ = std::move(*made);
    }
    co_return made.has_value();
}

Task<void> Server::start() {
    const auto port = http_->bind();
    if (!port) {
        give_up(port.error());
        co_return;
    }
    // Nobody else has the database, and the port is ours: nothing stops us from here on, and what
    // is changed in the database is known to whoever sees us start.
    const auto failed_calls = co_await call_recovery_->fail_unfinished();
    const bool has_key = failed_calls && co_await admit_first_key();
    if (!has_key) {
        give_up("the database " + config_.database + " cannot be used");
        co_return;
    }
    if (*failed_calls > 0) {
        STUDIO_LOG(warning, "calls_of_a_dead_process_failed", {"count", *failed_calls});
    }
    if (const auto installed = co_await install_example(); !installed) {
        give_up(installed.error());
        co_return;
    }
    if (const auto listening = http_->start(); !listening) {
        give_up(listening.error());
        co_return;
    }
    started_ = true;
    heartbeat_->start();
    print_ready(*port);
}

Task<void> Server::shut_down() {
    health_.start_draining();
    calls_->stop_accepting();
    const bool all_ended = co_await dispatcher_.drain(config_.drain_timeout);
    STUDIO_LOG(info, "drained", {"all_calls_ended", all_ended});
    co_await calls_->close();
    for (const auto& media : media_loops_) {
        co_await runtime::resume_on(media->loop());
        co_await media->host().close();
        co_await runtime::resume_on(loop_);
    }
    if (started_) {
        co_await http_->stop();
    }
    co_await heartbeat_->close();
    if (example_) {
        co_await example_->close();
    }
    co_await health_.close();
    loop_.stop();
}

void Server::on_signal() {
    if (stopping_) {
        // The second signal means at once: transcripts that are not written yet are lost.
        std::_Exit(1);
    }
    stopping_ = true;
    STUDIO_LOG(info, "shutting_down", {"drain_timeout_s", config_.drain_timeout.count()},
               {"calls", dispatcher_.count()});
    scope_.spawn(shut_down());
}

void Server::print_ready(std::uint16_t port) const {
    const bool any = config_.http.host == "0.0.0.0" || config_.http.host == "::";
    std::cout << "Agent Studio " STUDIO_VERSION " is ready.\n  page      http://"
              << (any ? "127.0.0.1" : config_.http.host) << ':' << port << "/\n";
    if (made_key_) {
        print_key(*made_key_);
    }
    std::cout << "  media     udp port";
    for (const std::uint16_t media_port : media_ports_) {
        std::cout << ' ' << media_port;
    }
    if (example_) {
        std::cout << "\n  example   agent 'restaurant', its bookings: " << example_->bookings_url();
    }
    std::cout << std::endl;
}

void Server::print_key(const Secret<std::string>& key) const {
    const std::string path = key_file_of(config_.database);
    const auto written = write_key_file(path, key);
    std::cout << "  API key   " << key.reveal()
              << (written ? "  (kept in " + path + ", for you only)" : "  (shown only this once)")
              << '\n';
    if (!written) {
        std::cerr << "warning: " << written.error() << '\n';
    }
}

}  // namespace studio::apps
