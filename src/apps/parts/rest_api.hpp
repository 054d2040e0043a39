#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/http/api/accounts/key_api.hpp"
#include "adapters/http/api/analytics/analytics_api.hpp"
#include "adapters/http/api/calls/call_api.hpp"
#include "adapters/http/api/calls/call_export.hpp"
#include "adapters/http/api/operations/operator_api.hpp"
#include "adapters/http/api/resources/resource_api.hpp"
#include "adapters/http/api/trial/trial_api.hpp"
#include "adapters/http/server/http_server.hpp"
#include "adapters/openssl/openssl_digest.hpp"
#include "apps/config/option_groups.hpp"
#include "apps/parts/sign_in.hpp"
#include "apps/parts/stores.hpp"
#include "apps/providers/provider_set.hpp"
#include "services/accounts/accounts.hpp"
#include "services/accounts/api_keys.hpp"
#include "services/accounts/local_rate_counter.hpp"
#include "services/accounts/rate_limits.hpp"
#include "services/analytics/analytics.hpp"
#include "services/calls/erasure/call_eraser.hpp"
#include "services/operations/health.hpp"
#include "services/resources/resources.hpp"

namespace studio::apps {

/// The REST API of a process: who may ask, what is kept, how calls are asked for, and the port. On
/// the loop of the use cases.
class RestApi {
public:
    /// All outlive it.
    struct Parts {
        runtime::AsioLoop& loop;
        Entropy& entropy;
        Stores& stores;
        ProviderSet& providers;
        services::Health& health;
        /// Counts the requests of keys for all servers; nullptr where this is the only one.
        RateCounter* rate_counter = nullptr;
        /// Requests a minute of a key without a limit of its own; 0 for any number.
        unsigned rate_limit = 0;
        SignInOptions sign_in{};
    };

    explicit RestApi(const Parts& parts);

    [[nodiscard]] services::Accounts& accounts() { return accounts_; }
    [[nodiscard]] services::Resources& resources() { return resources_; }

    /// Makes the server, which listens to nobody yet; once. `calls` outlives it. `more` are the
    /// routes beside those of the API, of operators, and of the contract.
    void make_server(services::CallService& calls, const HttpOptions& http,
                     const OperatorOptions& operators, std::vector<adapters::Route> more);
    /// Ends the conversations in text that are under way, so that the server may stop.
    void stop_chats() { chats_.stop(); }
    /// Precondition: made.
    [[nodiscard]] adapters::HttpServer& server() { return *server_; }

    /// Lets the key in that the operator chose; where that is empty and the database has none yet,
    /// makes one. Not a value where the database cannot be used; else the key that was made.
    [[nodiscard]] Task<std::optional<std::optional<Secret<std::string>>>> admit_first_key(
        Secret<std::string> chosen);
    /// Waits for what goes on beside requests. Once, after the server has stopped.
    [[nodiscard]] Task<void> close() { return key_use_.close(); }

private:
    Parts parts_;
    adapters::OpensslDigest digest_;
    ProviderCheck check_;
    services::KeyUse key_use_;
    SignIn sign_in_;
    services::Accounts accounts_;
    services::ApiKeys keys_;
    services::LocalRateCounter local_counter_;
    services::RateLimits limits_;
    services::Resources resources_;
    services::CallReader reader_;
    services::CallEraser eraser_;
    services::Analytics analytics_;
    services::Chats chats_;
    services::ToolTrial tool_trial_;
    adapters::ResourceApi resource_api_;
    adapters::TrialApi trial_api_;
    adapters::KeyApi key_api_;
    adapters::CallExport call_export_;
    adapters::AnalyticsApi analytics_api_;
    std::unique_ptr<adapters::CallApi> call_api_;
    std::unique_ptr<adapters::OperatorApi> operator_api_;
    std::unique_ptr<adapters::HttpServer> server_;
};

}  // namespace studio::apps
