#include "services/accounts/users.hpp"

#include <utility>

#include "services/accounts/roles.hpp"
#include "services/accounts/user_body.hpp"

namespace studio::services {

namespace {

constexpr std::size_t token_letters = 43;
constexpr std::string_view invitation_prefix = "as_invite_";

ServiceError from_users(StoreError error) {
    return error == StoreError::in_use
               ? ServiceError{ServiceErrorCode::conflict, "a tenant keeps an owner", {}}
               : from_store(error, "user");
}

ServiceError too_high(std::string_view role) {
    return {ServiceErrorCode::authorization_error,
            "you may not do all that the role " + std::string(role) + " may",
            {}};
}

/// Nothing where `who` may see to people of this role.
std::optional<ServiceError> find_refusal(const Principal& who, std::string_view name) {
    const Role* const role = find_role(name);
    return role != nullptr && may_manage(who, *role) ? std::nullopt : std::optional(too_high(name));
}

}  // namespace

ServiceTask<Page<User>> Users::list(TenantId tenant, PageRequest page) {
    auto users = co_await parts_.store.list_users(std::move(tenant), page);
    if (!users) {
        co_return fail(from_users(users.error()));
    }
    co_return *std::move(users);
}

ServiceTask<User> Users::load(TenantId tenant, UserId id) {
    auto user = co_await parts_.store.load_user(std::move(tenant), std::move(id));
    if (!user) {
        co_return fail(from_users(user.error()));
    }
    co_return *std::move(user);
}

ServiceTask<User> Users::load_managed(Principal who, UserId id) {
    auto user = co_await load(who.tenant_id, std::move(id));
    if (!user) {
        co_return user;
    }
    if (auto refusal = find_refusal(who, user->role)) {
        co_return fail(*std::move(refusal));
    }
    co_return user;
}

Secret<std::string> Users::give_invitation(User& user) const {
    Secret<std::string> token(std::string(invitation_prefix) + parts_.entropy.text(token_letters));
    user.invitation_digest = parts_.digest.sha256_hex(token.reveal());
    user.invitation_expires_at = parts_.loop.wall_now() + options_.invitation_lifetime;
    return token;
}

ServiceTask<Invitation> Users::invite(Principal who, Json body) {
    auto asked = parse_invite(body);
    if (!asked) {
        co_return fail(invalid(std::move(asked.error())));
    }
    if (auto refusal = find_refusal(who, asked->role)) {
        co_return fail(*std::move(refusal));
    }
    User user;
    user.id = UserId(parts_.entropy.uuid());
    user.tenant_id = std::move(who.tenant_id);
    user.email = Pii<std::string>(std::move(asked->email));
    user.name = Pii<std::string>(std::move(asked->name));
    user.role = std::move(asked->role);
    user.created_at = user.tokens_valid_from = parts_.loop.wall_now();
    Secret<std::string> token = give_invitation(user);
    const auto created = co_await parts_.store.create_user(user);
    if (!created) {
        co_return fail(from_users(created.error()));
    }
    co_return Invitation{std::move(user), std::move(token)};
}

ServiceTask<Invitation> Users::invite_again(Principal who, UserId id) {
    auto user = co_await load_managed(std::move(who), std::move(id));
    if (!user) {
        co_return fail(user.error());
    }
    Secret<std::string> token = give_invitation(*user);
    const auto saved = co_await parts_.store.save_user(*user, false);
    if (!saved) {
        co_return fail(from_users(saved.error()));
    }
    co_return Invitation{*std::move(user), std::move(token)};
}

ServiceTask<User> Users::change(Principal who, UserId id, Json body) {
    auto asked = parse_user_change(body);
    if (!asked) {
        co_return fail(invalid(std::move(asked.error())));
    }
    if (asked->role) {
        if (auto refusal = find_refusal(who, *asked->role)) {
            co_return fail(*std::move(refusal));
        }
    }
    auto user = co_await load_managed(std::move(who), std::move(id));
    if (!user) {
        co_return user;
    }
    if (asked->name) {
        user->name = Pii<std::string>(*std::move(asked->name));
    }
    user->role = asked->role.value_or(user->role);
    user->is_active = asked->is_active.value_or(user->is_active);
    const auto saved = co_await parts_.store.save_user(*user, !user->is_active);
    if (!saved) {
        co_return fail(from_users(saved.error()));
    }
    co_return user;
}

ServiceTask<bool> Users::erase(Principal who, UserId id) {
    const TenantId tenant = who.tenant_id;
    const auto user = co_await load_managed(std::move(who), id);
    if (!user) {
        co_return fail(user.error());
    }
    const auto erased = co_await parts_.store.erase_user(tenant, std::move(id));
    if (!erased) {
        co_return fail(from_users(erased.error()));
    }
    co_return true;
}

}  // namespace studio::services
