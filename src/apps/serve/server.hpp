#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sqlite/database_lock.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "apps/example/restaurant_example.hpp"
#include "apps/parts/live_side.hpp"
#include "apps/parts/process_frame.hpp"
#include "apps/parts/rest_api.hpp"
#include "apps/parts/webhook_side.hpp"
#include "apps/serve/media_loop.hpp"
#include "services/calls/direct/direct_calls.hpp"
#include "services/hosting/host/dispatcher.hpp"
#include "services/hosting/host/host_control.hpp"
#include "services/hosting/lease/call_heartbeat.hpp"
#include "services/live/memory_live_bus.hpp"
#include "services/live/telling_call_store.hpp"
#include "services/operations/health.hpp"

namespace studio::apps {

/// `agent-studio serve`: API and media in one process on SQLite. The API's loop runs on the thread
/// that calls run(); each media loop has a thread of its own. docs/shutdown.md tells how it ends.
class Server {
public:
    explicit Server(const ServeConfig& config);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Takes the database for this process alone, then opens it and the ports for media; no call
    /// and no key in it is changed yet. The error is one line for people.
    [[nodiscard]] Result<bool, std::string> open();
    /// Serves until a signal, then ends the calls and returns the exit code.
    [[nodiscard]] int run();

private:
    [[nodiscard]] Result<bool, std::string> open_example();
    [[nodiscard]] Task<Result<bool, std::string>> install_example();
    [[nodiscard]] Result<bool, std::string> open_media();
    void make_services();
    [[nodiscard]] Task<void> start();
    [[nodiscard]] Task<bool> admit_first_key();
    [[nodiscard]] Task<void> shut_down();
    void print_ready(std::uint16_t port) const;
    void print_key(const Secret<std::string>& key) const;

    ServeConfig config_;
    SystemEntropy entropy_;
    ProcessFrame frame_;
    runtime::AsioLoop& loop_;
    runtime::BlockingPool database_pool_;
    ProviderPools provider_pools_;
    std::optional<adapters::DatabaseLock> lock_;
    std::unique_ptr<adapters::SqliteDatabase> database_;
    /// Before the media loops, which tell it what happens in their calls.
    services::MemoryLiveBus live_bus_;
    std::vector<std::unique_ptr<MediaLoop>> media_loops_;
    std::vector<std::uint16_t> media_ports_;
    services::Dispatcher dispatcher_;
    services::HostControl host_control_;
    /// With --example only.
    std::unique_ptr<RestaurantExample> example_;
    std::unique_ptr<ProviderSet> providers_;
    std::unique_ptr<Stores> stores_;
    /// What is written here of calls is told to whoever watches them.
    std::unique_ptr<services::TellingCallStore> telling_calls_;
    std::unique_ptr<services::DirectCalls> calls_;
    std::unique_ptr<services::CallHeartbeat> heartbeat_;
    services::Health health_;
    std::unique_ptr<RestApi> rest_;
    std::unique_ptr<WebhookSide> webhooks_;
    std::unique_ptr<LiveSide> live_;
    /// Made just now, to be shown once.
    std::optional<Secret<std::string>> made_key_;
    bool started_ = false;
};

}  // namespace studio::apps
