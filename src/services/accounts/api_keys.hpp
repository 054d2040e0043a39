#pragma once

#include <string>

#include "base/json.hpp"
#include "runtime/loop.hpp"
#include "services/accounts/key_text.hpp"
#include "services/errors/service_error.hpp"

namespace studio::services {

/// The keys of a tenant, for whoever has a key that may see to them. Lives on one loop; what it is
/// built from outlives it and its tasks.
class ApiKeys {
public:
    struct Parts {
        AccountStore& store;
        Digest& digest;
        Entropy& entropy;
        runtime::Loop& loop;
    };

    explicit ApiKeys(Parts parts) : parts_(parts) {}

    /// `body` is {name, environment, scopes, expires_at, rate_limit}; without scopes the key gets
    /// the maker's. authorization_error where it would be more than its maker: a scope that the
    /// maker has not, live from test, a later end, a higher rate than the maker's own.
    [[nodiscard]] ServiceTask<MadeKey> create(Principal maker, Json body);
    /// All of them, also those that are over, the newest first.
    [[nodiscard]] ServiceTask<Page<ApiKey>> list(TenantId tenant, PageRequest page);
    /// From the next request on the key opens nothing. not_found where the tenant has none of that
    /// id; one that was revoked before stays so. conflict where it is the asker's own, so that
    /// nobody shuts themselves out.
    [[nodiscard]] ServiceTask<bool> revoke(Principal asker, ApiKeyId id);

private:
    Parts parts_;
};

}  // namespace studio::services
