#pragma once

#include <optional>
#include <string>

#include "base/entropy.hpp"
#include "base/json.hpp"
#include "ports/digest.hpp"
#include "ports/user_store.hpp"
#include "runtime/loop.hpp"
#include "services/accounts/principal.hpp"
#include "services/errors/service_error.hpp"

namespace studio::services {

/// Somebody who is to set a password.
struct Invitation {
    User user;
    /// Shown once: only its digest is kept.
    Secret<std::string> token;
};

struct UsersOptions {
    seconds invitation_lifetime{7 * 86'400};
};

/// The people of a tenant, for whoever may see to them. Nobody makes, changes or sends away whoever
/// may do more than they, and a tenant keeps an owner (both authorization_error and conflict).
/// Lives on one loop; what it is built from outlives it and its tasks.
class Users {
public:
    struct Parts {
        UserStore& store;
        Digest& digest;
        Entropy& entropy;
        runtime::Loop& loop;
    };

    explicit Users(Parts parts, UsersOptions options = {}) : parts_(parts), options_(options) {}

    /// By address.
    [[nodiscard]] ServiceTask<Page<User>> list(TenantId tenant, PageRequest page);
    [[nodiscard]] ServiceTask<User> load(TenantId tenant, UserId id);
    /// `body` as parse_invite reads it. conflict where the tenant has somebody of that address.
    [[nodiscard]] ServiceTask<Invitation> invite(Principal who, Json body);
    /// Another invitation for somebody who has lost theirs, or their password, which stays until
    /// the invitation is accepted; earlier ones are void.
    [[nodiscard]] ServiceTask<Invitation> invite_again(Principal who, UserId id);
    /// `body` as parse_user_change reads it. Who is no longer active holds nothing any more.
    [[nodiscard]] ServiceTask<User> change(Principal who, UserId id, Json body);
    [[nodiscard]] ServiceTask<bool> erase(Principal who, UserId id);

private:
    [[nodiscard]] ServiceTask<User> load_managed(Principal who, UserId id);
    [[nodiscard]] Secret<std::string> give_invitation(User& user) const;

    Parts parts_;
    UsersOptions options_;
};

}  // namespace studio::services
