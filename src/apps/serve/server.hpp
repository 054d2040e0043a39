#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/http/api/api.hpp"
#include "adapters/http/api/operations/operator_api.hpp"
#include "adapters/http/server/http_server.hpp"
#include "adapters/openssl/openssl_digest.hpp"
#include "adapters/sql/sql_account_store.hpp"
#include "adapters/sql/sql_call_store.hpp"
#include "adapters/sql/sql_idempotency_store.hpp"
#include "adapters/sql/sql_resource_store.hpp"
#include "adapters/sqlite/database_lock.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "apps/example/restaurant_example.hpp"
#include "apps/providers/provider_set.hpp"
#include "apps/serve/media_loop.hpp"
#include "runtime/signals.hpp"
#include "services/accounts/accounts.hpp"
#include "services/calls/direct/direct_calls.hpp"
#include "services/hosting/host/dispatcher.hpp"
#include "services/hosting/lease/call_heartbeat.hpp"
#include "services/operations/health.hpp"
#include "services/resources/resources.hpp"

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
    void make_http();
    [[nodiscard]] Task<void> start();
    [[nodiscard]] Task<bool> admit_first_key();
    void give_up(const std::string& why);
    [[nodiscard]] Task<void> shut_down();
    void on_signal();
    void print_ready(std::uint16_t port) const;
    void print_key(const Secret<std::string>& key) const;

    ServeConfig config_;
    SystemEntropy entropy_;
    adapters::OpensslDigest digest_;
    runtime::AsioLoop loop_;
    runtime::BlockingPool pool_;
    std::optional<adapters::DatabaseLock> lock_;
    std::unique_ptr<adapters::SqliteDatabase> database_;
    std::vector<std::unique_ptr<MediaLoop>> media_loops_;
    std::vector<std::uint16_t> media_ports_;
    services::Dispatcher dispatcher_;
    /// With --example only.
    std::unique_ptr<RestaurantExample> example_;
    std::unique_ptr<ProviderSet> providers_;
    std::unique_ptr<ProviderCheck> provider_check_;
    std::unique_ptr<adapters::SqlAccountStore> account_store_;
    std::unique_ptr<adapters::SqlResourceStore> resource_store_;
    std::unique_ptr<adapters::SqlIdempotencyStore> key_store_;
    std::unique_ptr<adapters::SqlCallStore> call_store_;
    std::unique_ptr<adapters::SqlCallRecovery> call_recovery_;
    std::unique_ptr<services::Accounts> accounts_;
    std::unique_ptr<services::Resources> resources_;
    std::unique_ptr<services::CallReader> call_reader_;
    std::unique_ptr<services::DirectCalls> calls_;
    std::unique_ptr<services::CallHeartbeat> heartbeat_;
    services::Health health_;
    std::unique_ptr<adapters::Api> api_;
    std::unique_ptr<adapters::OperatorApi> operator_api_;
    std::unique_ptr<adapters::HttpServer> http_;
    std::unique_ptr<runtime::Signals> signals_;
    runtime::TaskScope scope_;
    /// Made just now, to be shown once.
    std::optional<Secret<std::string>> made_key_;
    bool started_ = false;
    bool stopping_ = false;
    int exit_code_ = 0;
};

}  // namespace studio::apps
