#pragma once

#include <string>
#include <vector>

#include "adapters/sql/sql_database.hpp"
#include "ports/user_store.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// UserStore in an SQL database. One object per loop, all on the same database; used on its loop
/// only. It and the database outlive its tasks.
class SqlUserStore final : public UserStore {
public:
    SqlUserStore(SqlDatabase& database, runtime::Loop& loop) : database_(database), loop_(loop) {}

    [[nodiscard]] Outcome<bool> create_user(User user) override;
    [[nodiscard]] Outcome<User> load_user(TenantId tenant, UserId id) override;
    [[nodiscard]] Outcome<Page<User>> list_users(TenantId tenant, PageRequest page) override;
    [[nodiscard]] Outcome<std::vector<User>> find_users(std::string email,
                                                        std::string tenant_slug) override;
    [[nodiscard]] Outcome<User> find_invited(std::string digest) override;
    [[nodiscard]] Outcome<bool> save_user(User user, bool ends_sessions) override;
    [[nodiscard]] Outcome<bool> erase_user(TenantId tenant, UserId id) override;
    [[nodiscard]] Outcome<std::optional<WallTime>> begin_login(std::string id, WallTime now,
                                                               LoginRule rule) override;
    [[nodiscard]] Outcome<bool> finish_login(std::string id, RefreshToken token,
                                             WallTime now) override;
    [[nodiscard]] Outcome<RefreshToken> rotate(std::string digest, RefreshToken fresh,
                                               WallTime now) override;
    [[nodiscard]] Outcome<bool> end_family(std::string digest) override;

private:
    SqlDatabase& database_;
    runtime::Loop& loop_;
};

}  // namespace studio::adapters
