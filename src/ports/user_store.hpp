#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "ports/store_error.hpp"

namespace studio {

using UserId = StrongId<struct UserTag>;

/// A person of a tenant.
struct User {
    UserId id;
    TenantId tenant_id;
    /// In lower case; unique within the tenant.
    Pii<std::string> email;
    Pii<std::string> name;
    /// A word of services/accounts/roles.hpp.
    std::string role;
    /// As ports/password_hash.hpp makes it; empty until an invitation was accepted.
    Secret<std::string> password_hash;
    bool is_active = true;
    WallTime created_at{};
    std::optional<WallTime> last_login_at{};
    /// Access tokens that were given out before are none.
    WallTime tokens_valid_from{};
    /// Of the invitation under way: its lower-case hexadecimal SHA-256, and its end.
    std::optional<std::string> invitation_digest{};
    std::optional<WallTime> invitation_expires_at{};
};

/// A refresh token as it is stored.
struct RefreshToken {
    std::string digest;
    /// All that came of one login.
    std::string family;
    UserId user_id;
    TenantId tenant_id;
    WallTime expires_at{};
};

/// How often a login may fail.
struct LoginRule {
    /// From this failure in a row on each locks.
    std::uint32_t failures_max = 5;
    /// For so long; each further failure doubles it, up to the other.
    milliseconds lock_min{60'000};
    milliseconds lock_max{900'000};
    /// Attempts that are older are forgotten.
    milliseconds kept_for{86'400'000};
};

/// People, their refresh tokens and their attempts to sign in. Any loop may call; the task resumes
/// on the loop that awaits it.
class UserStore : public Interface {
public:
    template <class Value>
    using Outcome = Task<Result<Value, StoreError>>;

    /// conflict where the tenant has one of that address; not_found where there is no such tenant.
    [[nodiscard]] virtual Outcome<bool> create_user(User user) = 0;
    [[nodiscard]] virtual Outcome<User> load_user(TenantId tenant, UserId id) = 0;
    /// By address.
    [[nodiscard]] virtual Outcome<Page<User>> list_users(TenantId tenant, PageRequest page) = 0;
    /// Those of an address in every tenant, or in the one of that slug; two at most, since
    /// more than one is as good as none.
    [[nodiscard]] virtual Outcome<std::vector<User>> find_users(std::string email,
                                                                std::string tenant_slug) = 0;
    /// not_found where there is no such invitation, used ones included.
    [[nodiscard]] virtual Outcome<User> find_invited(std::string digest) = 0;
    /// Writes all of a user but tenant, address and moment of making. Where `ends_sessions`, every
    /// refresh token of the user's goes. in_use where the tenant would be left without an active
    /// owner that has a password, and had one.
    [[nodiscard]] virtual Outcome<bool> save_user(User user, bool ends_sessions) = 0;
    /// in_use likewise.
    [[nodiscard]] virtual Outcome<bool> erase_user(TenantId tenant, UserId id) = 0;

    /// Counts an attempt to sign in before its password is looked at, in one step. Until when no
    /// attempt counts; nothing where this one does.
    [[nodiscard]] virtual Outcome<std::optional<WallTime>> begin_login(std::string id, WallTime now,
                                                                       LoginRule rule) = 0;
    /// It succeeded: the attempts are forgotten, the token is kept, the user has signed in.
    [[nodiscard]] virtual Outcome<bool> finish_login(std::string id, RefreshToken token,
                                                     WallTime now) = 0;
    /// Exchanges a token for `fresh`, whose family and owner are those of the old one, and which is
    /// returned. stale where the old one was used before: its whole family is gone then. not_found
    /// where it is unknown or over.
    [[nodiscard]] virtual Outcome<RefreshToken> rotate(std::string digest, RefreshToken fresh,
                                                       WallTime now) = 0;
    /// Ends the family of a token; nothing happens where there is none.
    [[nodiscard]] virtual Outcome<bool> end_family(std::string digest) = 0;
};

}  // namespace studio
