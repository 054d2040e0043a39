#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/sql/sql_database.hpp"
#include "ports/user_store.hpp"

// The statements of SqlUserStore, inside its transactions.

namespace studio::adapters {

[[nodiscard]] Result<bool, StoreError> insert_user(SqlConnection& connection, const User& user);
[[nodiscard]] Result<User, StoreError> select_user(SqlConnection& connection,
                                                   const TenantId& tenant, const UserId& id);
[[nodiscard]] Result<Page<User>, StoreError> select_user_page(SqlConnection& connection,
                                                              const TenantId& tenant,
                                                              const PageRequest& page);
[[nodiscard]] Result<std::vector<User>, StoreError> select_users_of(SqlConnection& connection,
                                                                    const std::string& email,
                                                                    const std::string& slug);
[[nodiscard]] Result<User, StoreError> select_invited(SqlConnection& connection,
                                                      const std::string& digest);
/// As UserStore::save_user and erase_user.
[[nodiscard]] Result<bool, StoreError> update_user(SqlConnection& connection, const User& user,
                                                   bool ends_sessions);
[[nodiscard]] Result<bool, StoreError> delete_user(SqlConnection& connection,
                                                   const TenantId& tenant, const UserId& id);

}  // namespace studio::adapters
