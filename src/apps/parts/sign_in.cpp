#include "apps/parts/sign_in.hpp"

#include <utility>

namespace studio::apps {

namespace {

/// A hash takes some 20 MiB and a processor for some tens of milliseconds: more at once would be no
/// faster, and who would wait for more than these is asked to come again.
constexpr std::size_t hash_threads = 1;
constexpr std::size_t hashes_waiting_max = 64;
/// 256 random bits.
constexpr std::size_t key_letters = 43;

std::unique_ptr<adapters::JwtAccessTokens> make_tokens(const SignIn::Parts& parts) {
    const SignInOptions& options = parts.options;
    if (!options.jwt_secret.reveal().empty()) {
        return std::make_unique<adapters::JwtAccessTokens>(options.jwt_secret,
                                                           options.jwt_secret_previous);
    }
    if (!options.makes_key) {
        return nullptr;
    }
    return std::make_unique<adapters::JwtAccessTokens>(
        Secret<std::string>(parts.entropy.text(key_letters)));
}

}  // namespace

SignIn::SignIn(const Parts& parts)
    : pool_({.name = "passwords", .threads = hash_threads, .queue_max = hashes_waiting_max}),
      hash_({pool_, parts.entropy, parts.loop}),
      tokens_(make_tokens(parts)),
      sessions_({parts.users, hash_, parts.digest, parts.entropy, parts.loop, tokens_.get()}),
      users_({parts.users, parts.digest, parts.entropy, parts.loop}),
      session_api_(sessions_),
      user_api_(users_) {}

std::vector<adapters::Route> SignIn::routes() {
    std::vector<adapters::Route> routes = session_api_.routes();
    adapters::append_routes(routes, user_api_.routes());
    return routes;
}

}  // namespace studio::apps
