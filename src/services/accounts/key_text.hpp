#pragma once

#include <string_view>

#include "base/entropy.hpp"
#include "base/sensitive.hpp"
#include "ports/account_store.hpp"
#include "ports/digest.hpp"
#include "services/accounts/principal.hpp"

namespace studio::services {

/// A key that was made just now.
struct MadeKey {
    ApiKey row;
    /// Shown once: only its digest is kept.
    Secret<std::string> key;
};

/// Whether a text has the form of a key; says nothing about whether it is valid.
[[nodiscard]] bool is_api_key(std::string_view text);

/// A fresh key: `as_live_` or `as_test_`, and 32 letters or digits.
[[nodiscard]] Secret<std::string> new_key_text(Entropy& entropy, bool livemode);

/// A key's text and whose it is.
struct KeyOwner {
    Secret<std::string> key;
    TenantId tenant;
};

/// The row of a key with every scope; id, name and moments are left to whoever makes it.
[[nodiscard]] ApiKey make_api_key(const KeyOwner& owner, const Digest& digest);

/// Whether a key is of the environment live, not test: its first characters say it.
[[nodiscard]] bool is_live(const ApiKey& key);

/// Who comes with a key.
[[nodiscard]] Principal principal_of(ApiKey key);

}  // namespace studio::services
