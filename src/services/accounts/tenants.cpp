#include "services/accounts/tenants.hpp"

#include <algorithm>
#include <utility>

#include "base/utf8.hpp"

namespace studio::services {

namespace {

constexpr std::size_t slug_max = 63;
constexpr std::size_t name_max = 200;
constexpr std::string_view default_slug = "default";

bool is_letter(char letter) {
    return letter >= 'a' && letter <= 'z';
}

bool is_slug(std::string_view text) {
    const bool has_ends = !text.empty() && text.size() <= slug_max && is_letter(text.front()) &&
                          text.back() != '-' && text.find("--") == std::string_view::npos;
    return has_ends && std::all_of(text.begin(), text.end(), [](char letter) {
               return is_letter(letter) || (letter >= '0' && letter <= '9') || letter == '-';
           });
}

}  // namespace

ServiceTask<MadeTenant> Tenants::create(std::string slug, std::string name) {
    if (!is_slug(slug)) {
        co_return fail(invalid(
            {{"slug", "must be small letters, digits and single hyphens, a letter first"}}));
    }
    if (count_characters(name) > name_max) {
        co_return fail(invalid({{"name", "must be at most 200 characters"}}));
    }
    Tenant tenant{TenantId(parts_.entropy.uuid()), slug, name.empty() ? slug : std::move(name),
                  parts_.loop.wall_now()};
    const auto created = co_await parts_.store.create_tenant(tenant);
    if (!created) {
        co_return fail(from_store(created.error(), "tenant"));
    }
    const Secret<std::string> key = new_key_text(parts_.entropy, true);
    const KeyOwner owner{key, tenant.id};
    ApiKey row = make_api_key(owner, parts_.digest);
    row.id = ApiKeyId(parts_.entropy.uuid());
    row.name = "first key";
    row.created_at = tenant.created_at;
    const auto given = co_await parts_.store.create_api_key(std::move(row));
    if (!given) {
        // Without a key nobody could use it, and its slug would be taken.
        [[maybe_unused]] const auto erased = co_await parts_.store.erase_tenant(std::move(slug));
        co_return fail(from_store(given.error(), "API key"));
    }
    co_return MadeTenant{std::move(tenant), key};
}

ServiceTask<std::vector<Tenant>> Tenants::list() {
    auto tenants = co_await parts_.store.list_tenants();
    if (!tenants) {
        co_return fail(from_store(tenants.error(), "tenant"));
    }
    co_return *std::move(tenants);
}

ServiceTask<bool> Tenants::erase(std::string slug) {
    if (slug == default_slug) {
        co_return fail(ServiceError{ServiceErrorCode::conflict,
                                    "the tenant default is what every installation has; it stays",
                                    {}});
    }
    const auto erased = co_await parts_.store.erase_tenant(std::move(slug));
    if (!erased) {
        co_return fail(from_store(erased.error(), "tenant"));
    }
    co_return true;
}

}  // namespace studio::services
