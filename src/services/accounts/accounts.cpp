#include "services/accounts/accounts.hpp"

#include <algorithm>

#include "runtime/task_scope.hpp"
#include "services/accounts/scopes.hpp"

namespace studio::services {

namespace {

/// The first key has a fixed id: making it a second time is a conflict, whatever happened between
/// the tenant's row and the key's.
constexpr std::string_view bootstrap_key_id = "00000000-0000-4000-8000-000000000001";
constexpr std::string_view default_slug = "default";

}  // namespace

Task<std::optional<TenantId>> wait_for_default_tenant(AccountStore& store, runtime::Loop& loop,
                                                      runtime::CancellationToken token,
                                                      milliseconds pause) {
    while (!token.is_cancelled()) {
        auto tenant = co_await store.load_tenant(std::string(default_slug));
        if (tenant) {
            co_return tenant->id;
        }
        [[maybe_unused]] const bool slept = co_await runtime::sleep_for(loop, pause, token);
    }
    co_return std::nullopt;
}

ServiceTask<TenantId> Accounts::default_tenant() {
    auto tenant = co_await parts_.store.load_tenant(std::string(default_slug));
    if (tenant) {
        co_return tenant->id;
    }
    if (tenant.error() != StoreError::not_found) {
        co_return fail(from_store(tenant.error(), "tenant"));
    }
    Tenant made{TenantId(parts_.entropy.uuid()), std::string(default_slug), "Default",
                parts_.loop.wall_now()};
    TenantId id = made.id;
    const auto created = co_await parts_.store.create_tenant(std::move(made));
    if (!created) {
        co_return fail(from_store(created.error(), "tenant"));
    }
    co_return id;
}

ApiKey Accounts::make_row(const Secret<std::string>& key, TenantId tenant) const {
    ApiKey row = make_api_key({key, std::move(tenant)}, parts_.digest);
    row.id = ApiKeyId(parts_.entropy.uuid());
    row.created_at = parts_.loop.wall_now();
    return row;
}

ServiceTask<std::optional<Secret<std::string>>> Accounts::bootstrap() {
    auto tenant = co_await default_tenant();
    if (!tenant) {
        co_return fail(tenant.error());
    }
    const Secret<std::string> key = new_key_text(parts_.entropy, true);
    ApiKey row = make_row(key, std::move(*tenant));
    row.id = ApiKeyId(std::string(bootstrap_key_id));
    row.name = "first key";
    const auto created = co_await parts_.store.create_api_key(std::move(row));
    if (created) {
        co_return std::optional(key);
    }
    if (created.error() == StoreError::conflict) {
        co_return std::optional<Secret<std::string>>();
    }
    co_return fail(from_store(created.error(), "API key"));
}

ServiceTask<bool> Accounts::admit_key(Secret<std::string> key) {
    if (!is_api_key(key.reveal())) {
        co_return fail(
            invalid({{"api_key", "must be as_live_ or as_test_ and 32 letters or digits"}}));
    }
    auto tenant = co_await default_tenant();
    if (!tenant) {
        co_return fail(tenant.error());
    }
    ApiKey row = make_row(key, std::move(*tenant));
    row.name = "operator's key";
    // Every start of every replica comes here: a conflict would be an error in the database's log.
    if (co_await parts_.store.load_api_key(row.digest)) {
        co_return true;
    }
    const auto created = co_await parts_.store.create_api_key(std::move(row));
    if (!created && created.error() != StoreError::conflict) {
        co_return fail(from_store(created.error(), "API key"));
    }
    co_return true;
}

ServiceTask<MadeKey> Accounts::create_key(std::string name, std::vector<std::string> scopes) {
    if (!std::all_of(scopes.begin(), scopes.end(), is_scope)) {
        co_return fail(invalid({{"scopes", "must be * or scopes such as calls:read"}}));
    }
    auto tenant = co_await default_tenant();
    if (!tenant) {
        co_return fail(tenant.error());
    }
    const Secret<std::string> key = new_key_text(parts_.entropy, true);
    ApiKey row = make_row(key, std::move(*tenant));
    row.name = std::move(name);
    if (!scopes.empty()) {
        row.scopes = std::move(scopes);
    }
    const auto created = co_await parts_.store.create_api_key(row);
    if (!created) {
        co_return fail(from_store(created.error(), "API key"));
    }
    co_return MadeKey{std::move(row), key};
}

ServiceTask<std::vector<ApiKey>> Accounts::list_keys() {
    auto tenant = co_await parts_.store.load_tenant(std::string(default_slug));
    if (!tenant) {
        co_return fail(from_store(tenant.error(), "tenant"));
    }
    auto keys = co_await parts_.store.list_api_keys(tenant->id);
    if (!keys) {
        co_return fail(from_store(keys.error(), "API key"));
    }
    co_return std::move(*keys);
}

ServiceTask<ApiKey> Accounts::revoke_key(Secret<std::string> which) {
    auto keys = co_await list_keys();
    if (!keys) {
        co_return fail(keys.error());
    }
    const std::string& word = which.reveal();
    const std::string digest = parts_.digest.sha256_hex(word);
    std::vector<ApiKey> found;
    for (const ApiKey& key : *keys) {
        if (key.id.text() == word || key.prefix == word || key.digest == digest) {
            found.push_back(key);
        }
    }
    if (found.size() > 1) {
        co_return fail(ServiceError{
            ServiceErrorCode::conflict, "several keys begin so; name the one by its id", {}});
    }
    if (found.empty()) {
        co_return fail(from_store(StoreError::not_found, "API key"));
    }
    ApiKey key = std::move(found.front());
    const WallTime now = parts_.loop.wall_now();
    const auto revoked = co_await parts_.store.revoke_api_key(key.tenant_id, key.id, now);
    if (!revoked) {
        co_return fail(from_store(revoked.error(), "API key"));
    }
    key.revoked_at = key.revoked_at.value_or(now);
    co_return key;
}

ServiceTask<Principal> Accounts::authenticate(Secret<std::string> credential) {
    const ServiceError refused{
        ServiceErrorCode::authentication_error, "the API key is not valid", {}};
    if (!is_api_key(credential.reveal())) {
        if (parts_.sessions == nullptr) {
            co_return fail(refused);
        }
        co_return co_await parts_.sessions->authenticate(std::move(credential));
    }
    auto row = co_await parts_.store.load_api_key(parts_.digest.sha256_hex(credential.reveal()));
    if (!row) {
        co_return fail(row.error() == StoreError::not_found ? refused
                                                            : from_store(row.error(), "API key"));
    }
    if (row->expires_at && *row->expires_at <= parts_.loop.wall_now()) {
        co_return fail(refused);
    }
    if (parts_.use != nullptr) {
        parts_.use->note(*row);
    }
    co_return principal_of(*std::move(row));
}

ServiceTask<Tenant> Accounts::load_tenant(TenantId id) {
    auto tenant = co_await parts_.store.load_tenant(std::move(id));
    if (!tenant) {
        co_return fail(from_store(tenant.error(), "tenant"));
    }
    co_return *std::move(tenant);
}

Task<bool> Accounts::is_ready() {
    const auto answered = co_await parts_.store.ping();
    co_return answered.has_value() && *answered;
}

}  // namespace studio::services
