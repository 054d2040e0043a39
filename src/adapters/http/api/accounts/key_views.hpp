#pragma once

#include "base/json.hpp"
#include "ports/account_store.hpp"
#include "services/accounts/key_text.hpp"
#include "services/accounts/principal.hpp"

namespace studio::adapters {

// The shapes in which the API shows keys and who holds them (api/openapi.yaml).
/// Never the key itself, nor its digest.
[[nodiscard]] Json key_view(const ApiKey& key);
/// The answer to POST: the key, this once.
[[nodiscard]] Json made_key_view(const services::MadeKey& made);
[[nodiscard]] Json principal_view(const services::Principal& principal, const Tenant& tenant);

}  // namespace studio::adapters
