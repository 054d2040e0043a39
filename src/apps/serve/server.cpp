#include "apps/serve/server.hpp"

#include <algorithm>
#include <iostream>
#include <thread>
#include <utility>

#include "adapters/http/api/pages/page.hpp"
#include "apps/config/key_file.hpp"
#include "apps/providers/local_speech.hpp"
#include "apps/providers/local_voice.hpp"
#include "apps/providers/turn_model.hpp"
#include "apps/providers/voice_model.hpp"
#include "base/log.hpp"

namespace studio::apps {
namespace {

unsigned media_loop_count(const ServeConfig& config) {
    const unsigned cores = std::max(2U, std::thread::hardware_concurrency());
    return config.media_loops == 0 ? cores - 1 : config.media_loops;
}

/// One that writes, and one that reads meanwhile.
constexpr std::size_t database_threads = 2;
/// As long as in production (OutboxRelayOptions::kept).
constexpr std::chrono::hours stored_events_kept{72};

}  // namespace

Server::Server(const ServeConfig& config)
    : config_(config),
      frame_("api"),
      loop_(frame_.loop()),
      database_pool_({.name = "database", .threads = database_threads}),
      provider_pools_(config.providers.blocking_threads),
      live_bus_(loop_),
      dispatcher_(loop_, config.calls_per_loop_max),
      host_control_(loop_, dispatcher_.places()),
      health_(loop_) {}

Server::~Server() {
    for (const auto& media : media_loops_) {
        media->close();
    }
    database_pool_.stop();
    provider_pools_.stop();
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
    auto database = adapters::SqliteDatabase::open({.path = config_.database}, database_pool_);
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
    auto tenant = co_await rest_->accounts().default_tenant();
    if (!tenant) {
        co_return fail(tenant.error().message);
    }
    co_return co_await example_->install(rest_->resources(), *std::move(tenant));
}

Result<bool, std::string> Server::open_media() {
    const MediaLoop::Shared shared{
        config_,
        {config_.providers, provider_pools_, *database_, load_voice_model(config_.providers),
         turn_model(config_.providers)},
        entropy_,
        webrtc::make_identity(),
        loop_,
        live_bus_};
    for (unsigned index = 0; index < media_loop_count(config_); ++index) {
        media_loops_.push_back(std::make_unique<MediaLoop>(index, config_.media_priority));
        MediaLoop& media = *media_loops_.back();
        const auto port = media.open(
            shared, [this](const CallId& id, services::CallEnd) { dispatcher_.on_call_ended(id); });
        if (!port) {
            return fail(port.error());
        }
        media_ports_.push_back(*port);
        dispatcher_.add_host(media.calls().loop(), media.calls().host());
    }
    runtime::log_media_priority(media_loops_.front()->calls().priority(), config_.media_priority);
    return true;
}

void Server::make_services() {
    providers_ = std::make_unique<ProviderSet>(loop_, provider_pools_, config_.providers, 0);
    stores_ = std::make_unique<Stores>(*database_, loop_);
    heartbeat_ = std::make_unique<services::CallHeartbeat>(stores_->recovery, loop_,
                                                           [this] { return dispatcher_.calls(); });
    rest_ =
        std::make_unique<RestApi>(RestApi::Parts{loop_, entropy_, *stores_, *providers_, health_,
                                                 nullptr, config_.rate_limit, config_.sign_in});
    telling_calls_ = std::make_unique<services::TellingCallStore>(
        stores_->calls, services::CallTeller(loop_, &live_bus_));
    live_ = std::make_unique<LiveSide>(
        LiveSide::Parts{loop_, rest_->accounts(), stores_->calls, live_bus_, host_control_},
        config_.http);
    calls_ = std::make_unique<services::DirectCalls>(
        services::DirectCallsOptions{},
        services::DirectCalls::Parts{*telling_calls_, stores_->resources, stores_->keys,
                                     dispatcher_, entropy_, loop_});
    health_.add("database", true, [this] { return rest_->accounts().is_ready(); });
    services::WebhookSenderOptions webhook_options;
    // Nobody else is told of stored events here.
    webhook_options.stored_kept = stored_events_kept;
    webhooks_ = std::make_unique<WebhookSide>(
        config_.providers, config_.encryption, webhook_options,
        WebhookSide::Parts{loop_, entropy_, *database_, providers_->http_client()});
    std::vector<adapters::Route> more = adapters::page_routes();
    adapters::append_routes(more, webhooks_->routes(*calls_));
    adapters::append_routes(more, live_->routes());
    rest_->make_server(*calls_, config_.http, config_.operators, std::move(more));
}

int Server::run() {
    return frame_.run([this] { return start(); }, [this] { return shut_down(); });
}

/// False where the database cannot be used.
Task<bool> Server::admit_first_key() {
    auto admitted = co_await rest_->admit_first_key(config_.first_api_key);
    if (admitted) {
        made_key_ = std::move(*admitted);
    }
    co_return admitted.has_value();
}

Task<void> Server::start() {
    const auto port = rest_->server().bind();
    if (!port) {
        frame_.give_up(port.error());
        co_return;
    }
    // Nobody else has the database, and the port is ours: nothing stops us from here on, and what
    // is changed in the database is known to whoever sees us start.
    const auto failed_calls = co_await stores_->recovery.fail_unfinished();
    bool is_usable = failed_calls.has_value();
    if (is_usable) {
        is_usable = co_await admit_first_key();
    }
    if (!is_usable) {
        frame_.give_up("the database " + config_.database + " cannot be used");
        co_return;
    }
    if (*failed_calls > 0) {
        STUDIO_LOG(warning, "calls_of_a_dead_process_failed", {"count", *failed_calls});
    }
    if (const auto installed = co_await install_example(); !installed) {
        frame_.give_up(installed.error());
        co_return;
    }
    if (const auto listening = rest_->server().start(); !listening) {
        frame_.give_up(listening.error());
        co_return;
    }
    started_ = true;
    heartbeat_->start();
    webhooks_->start();
    print_ready(*port);
}

Task<void> Server::shut_down() {
    STUDIO_LOG(info, "shutting_down", {"drain_timeout_s", config_.drain_timeout.count()},
               {"calls", dispatcher_.count()});
    health_.start_draining();
    calls_->stop_accepting();
    const bool all_ended = co_await dispatcher_.drain(config_.drain_timeout);
    STUDIO_LOG(info, "drained", {"all_calls_ended", all_ended});
    co_await calls_->close();
    for (const auto& media : media_loops_) {
        co_await runtime::resume_on(media->calls().loop());
        co_await media->calls().host().close();
        co_await runtime::resume_on(loop_);
    }
    if (started_) {
        rest_->stop_chats();
        co_await rest_->server().stop();
    }
    co_await live_->close();
    co_await rest_->close();
    co_await heartbeat_->close();
    if (started_) {
        co_await webhooks_->close();
    }
    if (example_) {
        co_await example_->close();
    }
    co_await health_.close();
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
    std::cout << "\n  ears      " << describe_ears(config_.providers);
    std::cout << "\n  voice     " << describe_voice(config_.providers);
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
