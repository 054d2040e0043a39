#pragma once

#include <optional>
#include <string>

#include "adapters/sql/sql_database.hpp"
#include "ports/user_store.hpp"

// The statements of SqlUserStore about signing in, inside its transactions.

namespace studio::adapters {

/// As UserStore::begin_login.
[[nodiscard]] Result<std::optional<WallTime>, StoreError> count_login(SqlConnection& connection,
                                                                      const std::string& id,
                                                                      WallTime now,
                                                                      const LoginRule& rule);
/// As UserStore::finish_login.
[[nodiscard]] Result<bool, StoreError> keep_login(SqlConnection& connection, const std::string& id,
                                                  const RefreshToken& token, WallTime now);
/// The new token; nothing where the old one was used before, whose family is gone then, which is
/// to be committed.
[[nodiscard]] Result<std::optional<RefreshToken>, StoreError> exchange_token(
    SqlConnection& connection, const std::string& digest, RefreshToken fresh, WallTime now);
/// As UserStore::end_family.
[[nodiscard]] Result<bool, StoreError> delete_family_of(SqlConnection& connection,
                                                        const std::string& digest);

}  // namespace studio::adapters
