#pragma once

#include <optional>
#include <string>

#include "base/entropy.hpp"
#include "base/json.hpp"
#include "ports/access_tokens.hpp"
#include "ports/digest.hpp"
#include "ports/password_hash.hpp"
#include "ports/user_store.hpp"
#include "runtime/loop.hpp"
#include "services/accounts/principal.hpp"
#include "services/errors/service_error.hpp"

namespace studio::services {

/// How long what somebody holds is good, and how often a login may fail.
struct SessionOptions {
    seconds access_lifetime{1'800};
    seconds refresh_lifetime{7 * 86'400};
    LoginRule login{};
};

/// What somebody holds who has signed in.
struct Session {
    Secret<std::string> access_token;
    Secret<std::string> refresh_token;
    seconds expires_in{0};
};

/// People sign in, stay so, and sign out. Neither time nor answer of a failed login tells whether
/// the address is anybody's: the attempt is counted, and one password hashed, in any case. Lives on
/// one loop; what it is built from outlives it and its tasks.
///
///   login --> access token (minutes) + refresh token --refresh--> a new pair, the old one used up
///                                          used a second time --> its whole family is gone
class Sessions {
public:
    struct Parts {
        UserStore& users;
        PasswordHash& hash;
        Digest& digest;
        Entropy& entropy;
        runtime::Loop& loop;
        /// nullptr where no key to sign with was configured: nobody signs in.
        AccessTokens* tokens = nullptr;
    };

    explicit Sessions(Parts parts, SessionOptions options = {})
        : parts_(parts), options_(options) {}

    /// The bodies are those of user_body.hpp. authentication_error where address or password is
    /// wrong, rate_limit_exceeded while the address is locked.
    [[nodiscard]] ServiceTask<Session> login(Json body);
    /// authentication_error where the token is unknown, over or used.
    [[nodiscard]] ServiceTask<Session> refresh(Json body);
    /// Ends all that came of the login; also where there is nothing to end.
    [[nodiscard]] ServiceTask<bool> logout(Json body);
    /// Somebody who was invited sets a password, and is signed in. authentication_error where the
    /// invitation is unknown, used or over.
    [[nodiscard]] ServiceTask<Session> accept(Json body);
    /// A new password; everything else that the user held is void. authorization_error where `who`
    /// is a key, authentication_error where the present password is wrong.
    [[nodiscard]] ServiceTask<Session> change_password(Principal who, Json body);
    /// Who has this access token, with what the role holds now. authentication_error where it is
    /// none of ours or over, and where the user is not active or has signed out everywhere since.
    [[nodiscard]] ServiceTask<Principal> authenticate(Secret<std::string> token);

private:
    [[nodiscard]] ServiceTask<Session> begin(User user, std::string attempt);
    [[nodiscard]] ServiceTask<bool> count_attempt(std::string attempt);
    [[nodiscard]] ServiceTask<bool> verify(Secret<std::string> password, std::string hash);
    [[nodiscard]] ServiceTask<std::string> make_hash(Secret<std::string> password);
    [[nodiscard]] Session issue(const User& user, Secret<std::string> refresh) const;
    void void_tokens(User& user) const;

    Parts parts_;
    SessionOptions options_;
    // Of no password that anybody knows; hashed where an address is nobody's.
    std::string decoy_;
};

}  // namespace studio::services
