#include "adapters/sql/sql_user_store.hpp"

#include <utility>

#include "adapters/sql/internal/login_rows.hpp"
#include "adapters/sql/internal/user_rows.hpp"

namespace studio::adapters {

UserStore::Outcome<bool> SqlUserStore::create_user(User user) {
    return database_.run(loop_, SqlAccess::write,
                         [user = std::move(user)](SqlConnection& connection) {
                             return insert_user(connection, user);
                         });
}

UserStore::Outcome<User> SqlUserStore::load_user(TenantId tenant, UserId id) {
    return database_.run(
        loop_, SqlAccess::read,
        [tenant = std::move(tenant), id = std::move(id)](SqlConnection& connection) {
            return select_user(connection, tenant, id);
        });
}

UserStore::Outcome<Page<User>> SqlUserStore::list_users(TenantId tenant, PageRequest page) {
    return database_.run(loop_, SqlAccess::read,
                         [tenant = std::move(tenant), page](SqlConnection& connection) {
                             return select_user_page(connection, tenant, page);
                         });
}

UserStore::Outcome<std::vector<User>> SqlUserStore::find_users(std::string email,
                                                               std::string tenant_slug) {
    return database_.run(
        loop_, SqlAccess::read,
        [email = std::move(email), slug = std::move(tenant_slug)](SqlConnection& connection) {
            return select_users_of(connection, email, slug);
        });
}

UserStore::Outcome<User> SqlUserStore::find_invited(std::string digest) {
    return database_.run(loop_, SqlAccess::read,
                         [digest = std::move(digest)](SqlConnection& connection) {
                             return select_invited(connection, digest);
                         });
}

UserStore::Outcome<bool> SqlUserStore::save_user(User user, bool ends_sessions) {
    return database_.run(loop_, SqlAccess::write,
                         [user = std::move(user), ends_sessions](SqlConnection& connection) {
                             return update_user(connection, user, ends_sessions);
                         });
}

UserStore::Outcome<bool> SqlUserStore::erase_user(TenantId tenant, UserId id) {
    return database_.run(
        loop_, SqlAccess::write,
        [tenant = std::move(tenant), id = std::move(id)](SqlConnection& connection) {
            return delete_user(connection, tenant, id);
        });
}

UserStore::Outcome<std::optional<WallTime>> SqlUserStore::begin_login(std::string id, WallTime now,
                                                                      LoginRule rule) {
    return database_.run(loop_, SqlAccess::write,
                         [id = std::move(id), now, rule](SqlConnection& connection) {
                             return count_login(connection, id, now, rule);
                         });
}

UserStore::Outcome<bool> SqlUserStore::finish_login(std::string id, RefreshToken token,
                                                    WallTime now) {
    return database_.run(
        loop_, SqlAccess::write,
        [id = std::move(id), token = std::move(token), now](SqlConnection& connection) {
            return keep_login(connection, id, token, now);
        });
}

UserStore::Outcome<RefreshToken> SqlUserStore::rotate(std::string digest, RefreshToken fresh,
                                                      WallTime now) {
    const auto exchange = [digest = std::move(digest), fresh = std::move(fresh),
                           now](SqlConnection& connection) {
        return exchange_token(connection, digest, fresh, now);
    };
    auto exchanged = co_await database_.run(loop_, SqlAccess::write, exchange);
    if (!exchanged) {
        co_return fail(exchanged.error());
    }
    if (!*exchanged) {
        co_return fail(StoreError::stale);
    }
    co_return **std::move(exchanged);
}

UserStore::Outcome<bool> SqlUserStore::end_family(std::string digest) {
    return database_.run(loop_, SqlAccess::write,
                         [digest = std::move(digest)](SqlConnection& connection) {
                             return delete_family_of(connection, digest);
                         });
}

}  // namespace studio::adapters
