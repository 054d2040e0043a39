#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "ports/store_error.hpp"

namespace studio {

/// A customer: whatever is stored belongs to one, and none sees another's.
struct Tenant {
    TenantId id;
    std::string slug;
    std::string name;
    WallTime created_at{};
};

/// An API key as it is stored: the key itself is shown once and only its digest is kept.
struct ApiKey {
    ApiKeyId id;
    TenantId tenant_id;
    std::string name;
    /// Lower-case hexadecimal SHA-256 of the whole key. A key has 190 random bits, so no slow
    /// password hash is needed.
    std::string digest;
    /// The first characters, for people to tell keys apart.
    std::string prefix;
    std::vector<std::string> scopes;
    WallTime created_at{};
    /// Since when it opens nothing any more.
    std::optional<WallTime> revoked_at{};
    /// From when on it opens nothing; nothing where it lasts until it is revoked.
    std::optional<WallTime> expires_at{};
    /// Requests that it may make in a minute; nothing leaves that to the server.
    std::optional<unsigned> rate_limit{};
    /// When it was last used, to the minute; a store tells it, and does not take it from a key.
    std::optional<WallTime> last_used_at{};
};

/// Tenants and their keys. Any loop may call; the task resumes on the loop that awaits it.
class AccountStore : public Interface {
public:
    template <class Value>
    using Outcome = Task<Result<Value, StoreError>>;

    /// conflict where the slug exists.
    [[nodiscard]] virtual Outcome<bool> create_tenant(Tenant tenant) = 0;
    [[nodiscard]] virtual Outcome<Tenant> load_tenant(std::string slug) = 0;
    /// By its id.
    [[nodiscard]] virtual Outcome<Tenant> load_tenant(TenantId id) = 0;
    /// By slug.
    [[nodiscard]] virtual Outcome<std::vector<Tenant>> list_tenants() = 0;
    /// With all that is its own, in one step; not_found where there is none of that slug.
    [[nodiscard]] virtual Outcome<bool> erase_tenant(std::string slug) = 0;
    [[nodiscard]] virtual Outcome<bool> create_api_key(ApiKey key) = 0;
    /// not_found where no key has this digest, and where it was revoked.
    [[nodiscard]] virtual Outcome<ApiKey> load_api_key(std::string digest) = 0;
    /// All keys of a tenant, also those that were revoked, the oldest first.
    [[nodiscard]] virtual Outcome<std::vector<ApiKey>> list_api_keys(TenantId tenant) = 0;
    /// The same as a window on them, the newest first.
    [[nodiscard]] virtual Outcome<Page<ApiKey>> page_api_keys(TenantId tenant,
                                                              PageRequest page) = 0;
    /// Notes that a key was used, unless that was noted less than `interval` before `at`. True
    /// where it was written.
    [[nodiscard]] virtual Outcome<bool> note_key_use(ApiKeyId id, WallTime at,
                                                     milliseconds interval) = 0;
    /// not_found where the tenant has no such key; one that was revoked before keeps its moment.
    [[nodiscard]] virtual Outcome<bool> revoke_api_key(TenantId tenant, ApiKeyId id,
                                                       WallTime at) = 0;
    /// Whether the database can be read and written now; used by readiness.
    [[nodiscard]] virtual Outcome<bool> ping() = 0;
};

}  // namespace studio
