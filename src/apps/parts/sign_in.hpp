#pragma once

#include <memory>
#include <vector>

#include "adapters/access_tokens/jwt_access_tokens.hpp"
#include "adapters/argon2/argon2_password_hash.hpp"
#include "adapters/http/api/accounts/session_api.hpp"
#include "adapters/http/api/accounts/user_api.hpp"
#include "apps/config/option_groups.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/blocking_pool.hpp"
#include "services/accounts/sessions.hpp"
#include "services/accounts/users.hpp"

namespace studio::apps {

/// People and how they sign in, for the REST API of a process. On the loop of the use cases.
class SignIn {
public:
    /// All outlive it, but the options.
    struct Parts {
        runtime::AsioLoop& loop;
        Entropy& entropy;
        UserStore& users;
        Digest& digest;
        const SignInOptions& options;
    };

    explicit SignIn(const Parts& parts);
    SignIn(const SignIn&) = delete;
    SignIn& operator=(const SignIn&) = delete;
    /// The tasks that wait for hashes have ended.
    ~SignIn() { pool_.stop(); }

    [[nodiscard]] services::Sessions& sessions() { return sessions_; }
    [[nodiscard]] std::vector<adapters::Route> routes();

private:
    runtime::BlockingPool pool_;
    adapters::Argon2PasswordHash hash_;
    std::unique_ptr<adapters::JwtAccessTokens> tokens_;
    services::Sessions sessions_;
    services::Users users_;
    adapters::SessionApi session_api_;
    adapters::UserApi user_api_;
};

}  // namespace studio::apps
