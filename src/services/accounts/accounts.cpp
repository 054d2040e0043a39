#include "services/accounts/accounts.hpp"

#include <algorithm>

#include "runtime/task_scope.hpp"

namespace studio::services {

namespace {

constexpr std::string_view live_prefix = "as_live_";
constexpr std::string_view test_prefix = "as_test_";
constexpr std::size_t key_random_length = 32;
constexpr std::size_t shown_prefix_length = 12;
/// The first key has a fixed id: making it a second time is a conflict, whatever happened between
/// the tenant's row and the key's.
constexpr std::string_view bootstrap_key_id = "00000000-0000-4000-8000-000000000001";
constexpr std::string_view default_slug = "default";

bool is_alphanumeric(char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
           (letter >= 'A' && letter <= 'Z');
}

bool is_scope(std::string_view text) {
    const std::size_t colon = text.find(':');
    const auto is_word = [](std::string_view word) {
        return !word.empty() && std::all_of(word.begin(), word.end(), [](char letter) {
            return is_alphanumeric(letter) || letter == '_' || letter == '*';
        });
    };
    return text == "*" || (colon != std::string_view::npos && is_word(text.substr(0, colon)) &&
                           is_word(text.substr(colon + 1)));
}

}  // namespace

bool Principal::has_scope(std::string_view scope) const {
    return std::any_of(scopes.begin(), scopes.end(), [scope](const std::string& granted) {
        return granted == "*" || granted == scope;
    });
}

bool is_api_key(std::string_view text) {
    if (text.size() != live_prefix.size() + key_random_length) {
        return false;
    }
    const std::string_view prefix = text.substr(0, live_prefix.size());
    const std::string_view random = text.substr(live_prefix.size());
    return (prefix == live_prefix || prefix == test_prefix) &&
           std::all_of(random.begin(), random.end(), is_alphanumeric);
}

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

ApiKey Accounts::make_api_key(const Secret<std::string>& key, TenantId tenant) const {
    ApiKey row;
    row.id = ApiKeyId(parts_.entropy.uuid());
    row.tenant_id = std::move(tenant);
    row.digest = parts_.digest.sha256_hex(key.reveal());
    row.prefix = key.reveal().substr(0, shown_prefix_length);
    row.scopes = {"*"};
    row.created_at = parts_.loop.wall_now();
    return row;
}

ServiceTask<std::optional<Secret<std::string>>> Accounts::bootstrap() {
    auto tenant = co_await default_tenant();
    if (!tenant) {
        co_return fail(tenant.error());
    }
    const Secret<std::string> key(std::string(live_prefix) +
                                  parts_.entropy.text(key_random_length));
    ApiKey row = make_api_key(key, std::move(*tenant));
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
    ApiKey row = make_api_key(key, std::move(*tenant));
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
        co_return fail(invalid({{"scopes", "must be * or words such as calls:read"}}));
    }
    auto tenant = co_await default_tenant();
    if (!tenant) {
        co_return fail(tenant.error());
    }
    const Secret<std::string> key(std::string(live_prefix) +
                                  parts_.entropy.text(key_random_length));
    ApiKey row = make_api_key(key, std::move(*tenant));
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

ServiceTask<Principal> Accounts::authenticate(Secret<std::string> key) {
    const ServiceError refused{
        ServiceErrorCode::authentication_error, "the API key is not valid", {}};
    if (!is_api_key(key.reveal())) {
        co_return fail(refused);
    }
    auto row = co_await parts_.store.load_api_key(parts_.digest.sha256_hex(key.reveal()));
    if (!row) {
        co_return fail(row.error() == StoreError::not_found ? refused
                                                            : from_store(row.error(), "API key"));
    }
    co_return Principal{std::move(row->tenant_id), std::move(row->scopes)};
}

Task<bool> Accounts::is_ready() {
    const auto answered = co_await parts_.store.ping();
    co_return answered.has_value() && *answered;
}

}  // namespace studio::services
