#include "adapters/sql/internal/user_rows.hpp"
#include "adapters/sql/internal/tenant_page.hpp"

#include <utility>

namespace studio::adapters {

namespace {

/// In the order in which read_user takes them.
#define STUDIO_USER_COLUMNS                                                         \
    "users.id, users.tenant_id, users.email, users.name, users.role, "              \
    "users.password_hash, users.is_active, users.created_at, users.last_login_at, " \
    "users.tokens_valid_from, users.invitation_digest, users.invitation_expires_at"

User read_user(const SqlRow& row) {
    User user;
    user.id = UserId(row.text(0));
    user.tenant_id = TenantId(row.text(1));
    user.email = Pii<std::string>(row.text(2));
    user.name = Pii<std::string>(row.text(3));
    user.role = row.text(4);
    user.password_hash = Secret<std::string>(row.text(5));
    user.is_active = row.truth(6);
    user.created_at = row.time(7);
    user.last_login_at = row.optional_time(8);
    user.tokens_valid_from = row.time(9);
    if (!row.is_null(10)) {
        user.invitation_digest = row.text(10);
    }
    user.invitation_expires_at = row.optional_time(11);
    return user;
}

std::vector<User> read_users(const std::vector<SqlRow>& rows) {
    std::vector<User> users;
    users.reserve(rows.size());
    for (const SqlRow& row : rows) {
        users.push_back(read_user(row));
    }
    return users;
}

void bind_invitation(SqlQuery& query, const User& user) {
    if (user.invitation_digest) {
        query.bind(*user.invitation_digest);
    } else {
        query.bind_null();
    }
    query.bind(user.invitation_expires_at);
}

/// Active owners of a tenant who can sign in. The tenant's row is locked, so that of two changes
/// each sees the other's.
Result<std::int64_t, StoreError> count_owners(SqlConnection& connection, const TenantId& tenant) {
    const auto locked = SqlQuery(connection, "SELECT id FROM tenants WHERE id = $1 FOR UPDATE")
                            .bind(tenant.text())
                            .row();
    if (!locked) {
        return fail(locked.error());
    }
    const auto row = SqlQuery(connection,
                              "SELECT COUNT(*) FROM users WHERE tenant_id = $1 AND role = 'owner'"
                              " AND is_active = $2 AND password_hash <> ''")
                         .bind(tenant.text())
                         .bind(true)
                         .row();
    if (!row) {
        return fail(row.error());
    }
    return row->number(0);
}

/// Runs `change`, unless it would take the tenant's last owner.
template <class Change>
Result<bool, StoreError> keeping_an_owner(SqlConnection& connection, const TenantId& tenant,
                                          const Change& change) {
    const auto before = count_owners(connection, tenant);
    if (!before) {
        return fail(before.error());
    }
    const Result<bool, StoreError> changed = change();
    if (!changed) {
        return changed;
    }
    const auto after = count_owners(connection, tenant);
    if (!after) {
        return fail(after.error());
    }
    if (*before > 0 && *after == 0) {
        return fail(StoreError::in_use);
    }
    return true;
}

Result<bool, StoreError> end_sessions(SqlConnection& connection, const UserId& id) {
    const auto ended =
        SqlQuery(connection, "DELETE FROM refresh_tokens WHERE user_id = $1").bind(id.text()).run();
    if (!ended) {
        return fail(ended.error());
    }
    return true;
}

Result<bool, StoreError> write_user(SqlConnection& connection, const User& user) {
    SqlQuery query(connection,
                   "UPDATE users SET name = $1, role = $2, password_hash = $3, is_active = $4,"
                   " tokens_valid_from = $5, invitation_digest = $6, invitation_expires_at = $7"
                   " WHERE tenant_id = $8 AND id = $9");
    query.bind(user.name.reveal())
        .bind(user.role)
        .bind(user.password_hash.reveal())
        .bind(user.is_active)
        .bind(user.tokens_valid_from);
    bind_invitation(query, user);
    const auto changed = query.bind(user.tenant_id.text()).bind(user.id.text()).run();
    if (!changed) {
        return fail(changed.error());
    }
    if (*changed == 0) {
        return fail(StoreError::not_found);
    }
    return true;
}

}  // namespace

Result<bool, StoreError> insert_user(SqlConnection& connection, const User& user) {
    const auto tenant = SqlQuery(connection, "SELECT id FROM tenants WHERE id = $1")
                            .bind(user.tenant_id.text())
                            .row();
    if (!tenant) {
        return fail(tenant.error());
    }
    SqlQuery query(connection,
                   "INSERT INTO users (id, tenant_id, email, name, role, password_hash, is_active,"
                   " created_at, tokens_valid_from, invitation_digest, invitation_expires_at)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
    query.bind(user.id.text())
        .bind(user.tenant_id.text())
        .bind(user.email.reveal())
        .bind(user.name.reveal())
        .bind(user.role)
        .bind(user.password_hash.reveal())
        .bind(user.is_active)
        .bind(user.created_at)
        .bind(user.tokens_valid_from);
    bind_invitation(query, user);
    const auto inserted = query.run();
    if (!inserted) {
        return fail(inserted.error());
    }
    return true;
}

Result<User, StoreError> select_user(SqlConnection& connection, const TenantId& tenant,
                                     const UserId& id) {
    const auto row = SqlQuery(connection, "SELECT " STUDIO_USER_COLUMNS
                                          " FROM users WHERE tenant_id = $1 AND id = $2")
                         .bind(tenant.text())
                         .bind(id.text())
                         .row();
    if (!row) {
        return fail(row.error());
    }
    return read_user(*row);
}

Result<Page<User>, StoreError> select_user_page(SqlConnection& connection, const TenantId& tenant,
                                                const PageRequest& page) {
    const auto found = select_tenant_page(connection, tenant, page,
                                          "SELECT COUNT(*) FROM users WHERE tenant_id = $1",
                                          "SELECT " STUDIO_USER_COLUMNS
                                          " FROM users WHERE tenant_id = $1"
                                          " ORDER BY email LIMIT $2 OFFSET $3");
    if (!found) {
        return fail(found.error());
    }
    return Page<User>{read_users(found->rows), found->total};
}

Result<std::vector<User>, StoreError> select_users_of(SqlConnection& connection,
                                                      const std::string& email,
                                                      const std::string& slug) {
    const auto rows = SqlQuery(connection, "SELECT " STUDIO_USER_COLUMNS
                                           " FROM users JOIN tenants ON tenants.id ="
                                           " users.tenant_id WHERE users.email = $1 AND"
                                           " (tenants.slug = $2 OR $3 = '') LIMIT 2")
                          .bind(email)
                          .bind(slug)
                          .bind(slug)
                          .rows();
    if (!rows) {
        return fail(rows.error());
    }
    return read_users(*rows);
}

Result<User, StoreError> select_invited(SqlConnection& connection, const std::string& digest) {
    const auto row = SqlQuery(connection, "SELECT " STUDIO_USER_COLUMNS
                                          " FROM users WHERE invitation_digest = $1")
                         .bind(digest)
                         .row();
    if (!row) {
        return fail(row.error());
    }
    return read_user(*row);
}

Result<bool, StoreError> update_user(SqlConnection& connection, const User& user,
                                     bool ends_sessions) {
    return keeping_an_owner(connection, user.tenant_id, [&]() -> Result<bool, StoreError> {
        const auto written = write_user(connection, user);
        return written && ends_sessions ? end_sessions(connection, user.id) : written;
    });
}

Result<bool, StoreError> delete_user(SqlConnection& connection, const TenantId& tenant,
                                     const UserId& id) {
    return keeping_an_owner(connection, tenant, [&]() -> Result<bool, StoreError> {
        const auto erased =
            SqlQuery(connection, "DELETE FROM users WHERE tenant_id = $1 AND id = $2")
                .bind(tenant.text())
                .bind(id.text())
                .run();
        if (!erased) {
            return fail(erased.error());
        }
        if (*erased == 0) {
            return fail(StoreError::not_found);
        }
        return true;
    });
}

}  // namespace studio::adapters
