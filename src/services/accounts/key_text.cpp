#include "services/accounts/key_text.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "services/accounts/scopes.hpp"

namespace studio::services {

namespace {

constexpr std::string_view live_prefix = "as_live_";
constexpr std::string_view test_prefix = "as_test_";
constexpr std::size_t key_random_length = 32;
constexpr std::size_t shown_prefix_length = 12;

bool is_alphanumeric(char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
           (letter >= 'A' && letter <= 'Z');
}

}  // namespace

bool is_api_key(std::string_view text) {
    if (text.size() != live_prefix.size() + key_random_length) {
        return false;
    }
    const std::string_view prefix = text.substr(0, live_prefix.size());
    const std::string_view random = text.substr(live_prefix.size());
    return (prefix == live_prefix || prefix == test_prefix) &&
           std::all_of(random.begin(), random.end(), is_alphanumeric);
}

Secret<std::string> new_key_text(Entropy& entropy, bool livemode) {
    return Secret<std::string>(std::string(livemode ? live_prefix : test_prefix) +
                               entropy.text(key_random_length));
}

ApiKey make_api_key(const KeyOwner& owner, const Digest& digest) {
    ApiKey row;
    row.tenant_id = owner.tenant;
    row.digest = digest.sha256_hex(owner.key.reveal());
    row.prefix = owner.key.reveal().substr(0, shown_prefix_length);
    row.scopes = {std::string(all_scopes)};
    return row;
}

bool is_live(const ApiKey& key) {
    return !key.prefix.starts_with(test_prefix);
}

Principal principal_of(ApiKey key) {
    const bool livemode = is_live(key);
    return {.tenant_id = std::move(key.tenant_id),
            .scopes = std::move(key.scopes),
            .id = key.id.text(),
            .name = Pii<std::string>(std::move(key.name)),
            .livemode = livemode,
            .rate_limit = key.rate_limit,
            .expires_at = key.expires_at};
}

}  // namespace studio::services
