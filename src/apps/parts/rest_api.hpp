#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/http/api/analytics/analytics_api.hpp"
#include "adapters/http/api/calls/call_api.hpp"
#include "adapters/http/api/calls/call_export.hpp"
#include "adapters/http/api/operations/operator_api.hpp"
#include "adapters/http/api/resources/resource_api.hpp"
#include "adapters/http/server/http_server.hpp"
#include "adapters/openssl/openssl_digest.hpp"
#include "apps/config/option_groups.hpp"
#include "apps/parts/stores.hpp"
#include "apps/providers/provider_set.hpp"
#include "services/accounts/accounts.hpp"
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
    };

    explicit RestApi(const Parts& parts);

    [[nodiscard]] services::Accounts& accounts() { return accounts_; }
    [[nodiscard]] services::Resources& resources() { return resources_; }

    /// Makes the server, which listens to nobody yet; once. `calls` outlives it. `more` are the
    /// routes beside those of the API, of operators, and of the contract.
    void make_server(services::CallService& calls, const HttpOptions& http,
                     const OperatorOptions& operators, std::vector<adapters::Route> more);
    /// Precondition: made.
    [[nodiscard]] adapters::HttpServer& server() { return *server_; }

    /// Lets the key in that the operator chose; where that is empty and the database has none yet,
    /// makes one. Not a value where the database cannot be used; else the key that was made.
    [[nodiscard]] Task<std::optional<std::optional<Secret<std::string>>>> admit_first_key(
        Secret<std::string> chosen);

private:
    Parts parts_;
    adapters::OpensslDigest digest_;
    ProviderCheck check_;
    services::Accounts accounts_;
    services::Resources resources_;
    services::CallReader reader_;
    services::CallEraser eraser_;
    services::Analytics analytics_;
    adapters::ResourceApi resource_api_;
    adapters::CallExport call_export_;
    adapters::AnalyticsApi analytics_api_;
    std::unique_ptr<adapters::CallApi> call_api_;
    std::unique_ptr<adapters::OperatorApi> operator_api_;
    std::unique_ptr<adapters::HttpServer> server_;
};

}  // namespace studio::apps
