#include "services/accounts/api_keys.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/rfc3339.hpp"
#include "core/agent/object_reader.hpp"
#include "services/accounts/scopes.hpp"

namespace studio::services {

namespace {

constexpr std::size_t name_max = 100;
constexpr std::size_t scopes_max = 64;
constexpr int rate_limit_max = 1'000'000;

/// The body of a request for a key, checked.
struct NewKey {
    std::string name;
    std::string environment = "live";
    std::vector<std::string> scopes;
    std::optional<WallTime> expires_at;
    std::optional<unsigned> rate_limit;
};

void read_scopes(core::ObjectReader& reader, NewKey& key) {
    const JsonArray* given = reader.find_list("scopes", scopes_max);
    if (given == nullptr) {
        return;
    }
    if (given->empty()) {
        reader.report("scopes", "must not be empty; leave it out for those of the present key");
    }
    for (std::size_t index = 0; index < given->size(); ++index) {
        const auto* text = (*given)[index].if_string();
        if (text == nullptr || !is_scope({text->data(), text->size()})) {
            reader.report(core::item_path("scopes", index), "must be * or a scope, as calls:read");
        } else if (std::string scope(*text);
                   std::find(key.scopes.begin(), key.scopes.end(), scope) == key.scopes.end()) {
            key.scopes.push_back(std::move(scope));
        }
    }
}

void read_end(core::ObjectReader& reader, NewKey& key, WallTime now) {
    const Json* given = reader.find("expires_at");
    if (given == nullptr) {
        return;
    }
    const auto* text = given->if_string();
    key.expires_at = text == nullptr ? std::nullopt : parse_rfc3339({text->data(), text->size()});
    if (!key.expires_at) {
        reader.report("expires_at", "must be a moment such as 2027-01-31T12:00:00Z");
    } else if (*key.expires_at <= now) {
        reader.report("expires_at", "must be in the future");
    }
}

Result<NewKey, std::vector<core::FieldError>> parse_new_key(const Json& body, WallTime now) {
    std::vector<core::FieldError> errors;
    NewKey key;
    core::ObjectReader reader(&body, "", errors);
    reader.read_text("name", key.name, {.required = true, .length_max = name_max});
    reader.read_text("environment", key.environment);
    if (key.environment != "live" && key.environment != "test") {
        reader.report("environment", "must be live or test");
    }
    read_scopes(reader, key);
    read_end(reader, key, now);
    int rate_limit = 0;
    reader.read_integer("rate_limit", rate_limit, 1, rate_limit_max);
    if (rate_limit > 0) {
        key.rate_limit = static_cast<unsigned>(rate_limit);
    }
    reader.finish();
    if (!errors.empty()) {
        return fail(std::move(errors));
    }
    return key;
}

/// What a key would be more than its maker; nothing where it is not.
std::vector<core::FieldError> find_excess(const NewKey& key, const Principal& maker) {
    std::vector<core::FieldError> excess;
    for (const std::string& scope : key.scopes) {
        if (!maker.has_scope(scope)) {
            excess.push_back({"scopes", "you have not " + scope + " yourself"});
        }
    }
    if (!maker.livemode && key.environment == "live") {
        excess.push_back({"environment", "a test key makes test keys only"});
    }
    if (maker.expires_at && (!key.expires_at || *key.expires_at > *maker.expires_at)) {
        excess.push_back({"expires_at", "must be given, and not later than the present key's"});
    }
    if (maker.rate_limit && (!key.rate_limit || *key.rate_limit > *maker.rate_limit)) {
        excess.push_back({"rate_limit", "must be given, and not over the present key's"});
    }
    return excess;
}

}  // namespace

ServiceTask<MadeKey> ApiKeys::create(Principal maker, Json body) {
    const WallTime now = parts_.loop.wall_now();
    auto asked = parse_new_key(body, now);
    if (!asked) {
        co_return fail(invalid(std::move(asked.error())));
    }
    auto excess = find_excess(*asked, maker);
    if (!excess.empty()) {
        co_return fail(ServiceError{ServiceErrorCode::authorization_error,
                                    "a key can give no more than it has", std::move(excess)});
    }
    const Secret<std::string> text = new_key_text(parts_.entropy, asked->environment == "live");
    const KeyOwner owner{text, std::move(maker.tenant_id)};
    ApiKey row = make_api_key(owner, parts_.digest);
    row.id = ApiKeyId(parts_.entropy.uuid());
    row.name = std::move(asked->name);
    row.scopes = asked->scopes.empty() ? std::move(maker.scopes) : std::move(asked->scopes);
    row.created_at = now;
    row.expires_at = asked->expires_at;
    row.rate_limit = asked->rate_limit;
    const auto created = co_await parts_.store.create_api_key(row);
    if (!created) {
        co_return fail(from_store(created.error(), "API key"));
    }
    co_return MadeKey{std::move(row), text};
}

ServiceTask<Page<ApiKey>> ApiKeys::list(TenantId tenant, PageRequest page) {
    auto keys = co_await parts_.store.page_api_keys(std::move(tenant), page);
    if (!keys) {
        co_return fail(from_store(keys.error(), "API key"));
    }
    co_return *std::move(keys);
}

ServiceTask<bool> ApiKeys::revoke(Principal asker, ApiKeyId id) {
    if (id.text() == asker.id) {
        co_return fail(ServiceError{
            ServiceErrorCode::conflict, "a key does not revoke itself; use another one", {}});
    }
    const auto revoked = co_await parts_.store.revoke_api_key(
        std::move(asker.tenant_id), std::move(id), parts_.loop.wall_now());
    if (!revoked) {
        co_return fail(from_store(revoked.error(), "API key"));
    }
    co_return true;
}

}  // namespace studio::services
