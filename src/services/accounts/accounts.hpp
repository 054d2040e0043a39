#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/entropy.hpp"
#include "base/sensitive.hpp"
#include "base/strong_id.hpp"
#include "ports/account_store.hpp"
#include "ports/digest.hpp"
#include "runtime/cancellation.hpp"
#include "runtime/loop.hpp"
#include "services/accounts/key_text.hpp"
#include "services/accounts/key_use.hpp"
#include "services/accounts/principal.hpp"
#include "services/accounts/sessions.hpp"
#include "services/errors/service_error.hpp"

namespace studio::services {

/// Tenants and keys. Lives on one loop; what it is built from outlives it and its tasks.
class Accounts {
public:
    struct Parts {
        AccountStore& store;
        Digest& digest;
        Entropy& entropy;
        runtime::Loop& loop;
        /// Notes when keys are used; nullptr for nobody.
        KeyUse* use = nullptr;
        /// Who knows the tokens of people; nullptr where only keys open.
        Sessions* sessions = nullptr;
    };

    explicit Accounts(Parts parts) : parts_(parts) {}

    /// First start: makes the tenant `default` and one key with every scope. Returns the key when
    /// it was made just now, to be shown once; nothing on later starts. A start that broke off
    /// half-way is completed.
    [[nodiscard]] ServiceTask<std::optional<Secret<std::string>>> bootstrap();
    /// Makes a given key of the default tenant valid, with every scope: for a key that the operator
    /// chose. validation_error where it is not `as_live_` or `as_test_` and 32 letters or digits.
    [[nodiscard]] ServiceTask<bool> admit_key(Secret<std::string> key);
    /// Makes another key of the default tenant. No scopes mean every one. validation_error where a
    /// scope is none.
    [[nodiscard]] ServiceTask<MadeKey> create_key(std::string name,
                                                  std::vector<std::string> scopes);
    /// The keys of the default tenant, the oldest first.
    [[nodiscard]] ServiceTask<std::vector<ApiKey>> list_keys();
    /// Makes a key invalid at once, for every process. `which` is its id, its first characters or
    /// the key itself. not_found, or conflict where the characters fit several keys.
    [[nodiscard]] ServiceTask<ApiKey> revoke_key(Secret<std::string> which);
    /// Who has this key or access token. authentication_error for anything but a known key that has
    /// not expired, and what Sessions::authenticate takes. The key is looked up
    /// by its digest, so the time taken tells nothing about keys that exist.
    [[nodiscard]] ServiceTask<Principal> authenticate(Secret<std::string> credential);
    [[nodiscard]] ServiceTask<Tenant> load_tenant(TenantId id);
    /// Whether the database answers.
    [[nodiscard]] Task<bool> is_ready();

    /// The tenant `default`, made where it is missing.
    [[nodiscard]] ServiceTask<TenantId> default_tenant();

private:
    [[nodiscard]] ApiKey make_row(const Secret<std::string>& key, TenantId tenant) const;

    Parts parts_;
};

/// Whose calls those are that no request asked for: rooms of others, phones that ring. Waits until
/// the tenant `default` is there, which the first start of an API makes; nothing where `token` was
/// cancelled before.
[[nodiscard]] Task<std::optional<TenantId>> wait_for_default_tenant(
    AccountStore& store, runtime::Loop& loop, runtime::CancellationToken token,
    milliseconds pause = milliseconds{1'000});

}  // namespace studio::services
