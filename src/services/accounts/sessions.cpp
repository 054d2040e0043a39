#include "services/accounts/sessions.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "services/accounts/roles.hpp"
#include "services/accounts/user_body.hpp"

namespace studio::services {

namespace {

/// 43 letters or digits carry 256 bits.
constexpr std::size_t token_letters = 43;
constexpr std::string_view refresh_prefix = "as_refresh_";

ServiceError refused(const char* why) {
    return {ServiceErrorCode::authentication_error, why, {}};
}

ServiceError wrong_login() {
    return refused("the address or the password is wrong");
}

ServiceError wrong_refresh() {
    return refused("the refresh token is not valid; sign in again");
}

ServiceError wrong_token() {
    return refused("the token is not valid");
}

ServiceError nobody_signs_in() {
    return {ServiceErrorCode::unavailable,
            "nobody can sign in here: STUDIO_JWT_SECRET is not set; use an API key",
            {}};
}

ServiceError from_hash(PasswordHashError error) {
    return error == PasswordHashError::busy
               ? ServiceError{ServiceErrorCode::unavailable, "too many sign in; try again", {}}
               : ServiceError{ServiceErrorCode::internal_error, "the password is not usable", {}};
}

/// From a store's trouble where not finding means refusing.
ServiceError from_lookup(StoreError error, ServiceError not_found) {
    return error == StoreError::not_found || error == StoreError::stale ? std::move(not_found)
                                                                        : from_store(error, "user");
}

seconds whole_seconds(WallTime time) {
    return std::chrono::floor<seconds>(time.time_since_epoch());
}

}  // namespace

ServiceTask<bool> Sessions::count_attempt(std::string attempt) {
    const WallTime now = parts_.loop.wall_now();
    const auto locked = co_await parts_.users.begin_login(std::move(attempt), now, options_.login);
    if (!locked) {
        co_return fail(from_store(locked.error(), "login"));
    }
    if (*locked) {
        co_return fail(ServiceError{ServiceErrorCode::rate_limit_exceeded,
                                    "too many attempts failed; try again later",
                                    {},
                                    std::chrono::ceil<seconds>(**locked - now)});
    }
    co_return true;
}

ServiceTask<bool> Sessions::verify(Secret<std::string> password, std::string hash) {
    const auto verified = co_await parts_.hash.verify(std::move(password), std::move(hash));
    if (!verified) {
        co_return fail(from_hash(verified.error()));
    }
    co_return *verified;
}

ServiceTask<std::string> Sessions::make_hash(Secret<std::string> password) {
    auto made = co_await parts_.hash.make(std::move(password));
    if (!made) {
        co_return fail(from_hash(made.error()));
    }
    co_return *std::move(made);
}

ServiceTask<Session> Sessions::login(Json body) {
    if (parts_.tokens == nullptr) {
        co_return fail(nobody_signs_in());
    }
    auto login = parse_login(body);
    if (!login) {
        co_return fail(invalid(std::move(login.error())));
    }
    if (decoy_.empty()) {
        auto made = co_await make_hash(Secret<std::string>(parts_.entropy.text(token_letters)));
        if (!made) {
            co_return fail(made.error());
        }
        decoy_ = *std::move(made);
    }
    std::string attempt = parts_.digest.sha256_hex(login->tenant + '\n' + login->email);
    const auto counted = co_await count_attempt(attempt);
    if (!counted) {
        co_return fail(counted.error());
    }
    auto found =
        co_await parts_.users.find_users(std::move(login->email), std::move(login->tenant));
    if (!found) {
        co_return fail(from_store(found.error(), "user"));
    }
    // Of two tenants without a word which: as good as nobody.
    const bool is_somebody = found->size() == 1 && found->front().is_active &&
                             !found->front().password_hash.reveal().empty();
    std::string hash = is_somebody ? found->front().password_hash.reveal() : decoy_;
    const auto verified = co_await verify(std::move(login->password), std::move(hash));
    if (!verified) {
        co_return fail(verified.error());
    }
    if (!*verified || !is_somebody) {
        co_return fail(wrong_login());
    }
    co_return co_await begin(std::move(found->front()), std::move(attempt));
}

/// A family of tokens for somebody who has shown who they are.
ServiceTask<Session> Sessions::begin(User user, std::string attempt) {
    const WallTime now = parts_.loop.wall_now();
    Secret<std::string> text(std::string(refresh_prefix) + parts_.entropy.text(token_letters));
    RefreshToken token{parts_.digest.sha256_hex(text.reveal()), parts_.entropy.uuid(), user.id,
                       user.tenant_id, now + options_.refresh_lifetime};
    const auto begun =
        co_await parts_.users.finish_login(std::move(attempt), std::move(token), now);
    if (!begun) {
        co_return fail(from_lookup(begun.error(), wrong_login()));
    }
    co_return issue(user, std::move(text));
}

Session Sessions::issue(const User& user, Secret<std::string> refresh) const {
    const Role* const role = find_role(user.role);
    AccessClaims claims{user.id, user.tenant_id, {}};
    if (role != nullptr) {
        claims.scopes = scopes_of(*role);
    }
    claims.issued_at = WallTime{
        std::max(whole_seconds(parts_.loop.wall_now()), whole_seconds(user.tokens_valid_from))};
    claims.expires_at = claims.issued_at + options_.access_lifetime;
    return {parts_.tokens->issue(claims), std::move(refresh), options_.access_lifetime};
}

ServiceTask<Session> Sessions::refresh(Json body) {
    if (parts_.tokens == nullptr) {
        co_return fail(nobody_signs_in());
    }
    auto given = parse_refresh(body);
    if (!given) {
        co_return fail(invalid(std::move(given.error())));
    }
    const WallTime now = parts_.loop.wall_now();
    Secret<std::string> text(std::string(refresh_prefix) + parts_.entropy.text(token_letters));
    RefreshToken fresh;
    fresh.digest = parts_.digest.sha256_hex(text.reveal());
    fresh.expires_at = now + options_.refresh_lifetime;
    auto rotated = co_await parts_.users.rotate(parts_.digest.sha256_hex(given->reveal()),
                                                std::move(fresh), now);
    if (!rotated) {
        co_return fail(from_lookup(rotated.error(), wrong_refresh()));
    }
    const auto user =
        co_await parts_.users.load_user(std::move(rotated->tenant_id), std::move(rotated->user_id));
    if (!user) {
        co_return fail(from_lookup(user.error(), wrong_refresh()));
    }
    if (!user->is_active) {
        co_return fail(wrong_refresh());
    }
    co_return issue(*user, std::move(text));
}

ServiceTask<bool> Sessions::logout(Json body) {
    auto given = parse_refresh(body);
    if (!given) {
        co_return fail(invalid(std::move(given.error())));
    }
    const auto ended = co_await parts_.users.end_family(parts_.digest.sha256_hex(given->reveal()));
    if (!ended) {
        co_return fail(from_store(ended.error(), "login"));
    }
    co_return true;
}

/// From the next second on, since tokens say to the second when they were issued; and from one that
/// no token was issued in yet.
void Sessions::void_tokens(User& user) const {
    const seconds last =
        std::max(whole_seconds(parts_.loop.wall_now()), whole_seconds(user.tokens_valid_from));
    user.tokens_valid_from = WallTime{last + seconds{1}};
}

ServiceTask<Session> Sessions::accept(Json body) {
    if (parts_.tokens == nullptr) {
        co_return fail(nobody_signs_in());
    }
    auto accept = parse_accept(body);
    if (!accept) {
        co_return fail(invalid(std::move(accept.error())));
    }
    auto user =
        co_await parts_.users.find_invited(parts_.digest.sha256_hex(accept->token.reveal()));
    if (!user) {
        co_return fail(from_lookup(user.error(), refused("the invitation is not valid")));
    }
    if (!user->is_active || user->invitation_expires_at <= parts_.loop.wall_now()) {
        co_return fail(refused("the invitation is not valid"));
    }
    auto hash = co_await make_hash(std::move(accept->password));
    if (!hash) {
        co_return fail(hash.error());
    }
    user->password_hash = Secret<std::string>(*std::move(hash));
    user->invitation_digest.reset();
    user->invitation_expires_at.reset();
    if (!accept->name.empty()) {
        user->name = Pii<std::string>(std::move(accept->name));
    }
    void_tokens(*user);
    const auto saved = co_await parts_.users.save_user(*user, true);
    if (!saved) {
        co_return fail(from_lookup(saved.error(), refused("the invitation is not valid")));
    }
    co_return co_await begin(*std::move(user), std::string());
}

ServiceTask<Session> Sessions::change_password(Principal who, Json body) {
    auto asked = parse_password(body);
    if (!asked) {
        co_return fail(invalid(std::move(asked.error())));
    }
    if (who.kind != Principal::Kind::user) {
        co_return fail(ServiceError{
            ServiceErrorCode::authorization_error, "a key has no password; sign in", {}});
    }
    auto user = co_await parts_.users.load_user(who.tenant_id, UserId(who.id));
    if (!user) {
        co_return fail(from_lookup(user.error(), wrong_token()));
    }
    std::string attempt = parts_.digest.sha256_hex("password\n" + who.id);
    const auto counted = co_await count_attempt(attempt);
    if (!counted) {
        co_return fail(counted.error());
    }
    const auto verified = co_await verify(std::move(asked->present), user->password_hash.reveal());
    if (!verified) {
        co_return fail(verified.error());
    }
    if (!*verified) {
        co_return fail(refused("the present password is wrong"));
    }
    auto hash = co_await make_hash(std::move(asked->fresh));
    if (!hash) {
        co_return fail(hash.error());
    }
    user->password_hash = Secret<std::string>(*std::move(hash));
    void_tokens(*user);
    const auto saved = co_await parts_.users.save_user(*user, true);
    if (!saved) {
        co_return fail(from_store(saved.error(), "user"));
    }
    co_return co_await begin(*std::move(user), std::move(attempt));
}

ServiceTask<Principal> Sessions::authenticate(Secret<std::string> token) {
    const auto claims = parts_.tokens == nullptr
                            ? std::nullopt
                            : parts_.tokens->read(token.reveal(), parts_.loop.wall_now());
    if (!claims) {
        co_return fail(wrong_token());
    }
    auto user = co_await parts_.users.load_user(claims->tenant_id, claims->user_id);
    if (!user) {
        co_return fail(from_lookup(user.error(), wrong_token()));
    }
    const Role* const role = find_role(user->role);
    const bool is_void = whole_seconds(claims->issued_at) < whole_seconds(user->tokens_valid_from);
    if (!user->is_active || is_void || role == nullptr) {
        co_return fail(wrong_token());
    }
    Principal principal;
    principal.tenant_id = std::move(user->tenant_id);
    principal.scopes = scopes_of(*role);
    principal.kind = Principal::Kind::user;
    principal.id = user->id.text();
    principal.name = std::move(user->name);
    principal.email = std::move(user->email);
    principal.role = std::move(user->role);
    co_return principal;
}

}  // namespace studio::services
