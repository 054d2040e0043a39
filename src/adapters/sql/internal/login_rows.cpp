#include "adapters/sql/internal/login_rows.hpp"

#include <algorithm>
#include <utility>

namespace studio::adapters {

namespace {

/// How long this failure locks; zero where it does not.
milliseconds lock_of(std::int64_t failures, const LoginRule& rule) {
    const std::int64_t beyond = failures - std::int64_t{rule.failures_max};
    if (beyond < 0) {
        return milliseconds{0};
    }
    // Bounded before it is doubled, so that it cannot overflow.
    return std::min(rule.lock_max,
                    rule.lock_min * (std::int64_t{1} << std::min<std::int64_t>(beyond, 16)));
}

Result<bool, StoreError> insert_token(SqlConnection& connection, const RefreshToken& token) {
    const auto inserted =
        SqlQuery(connection,
                 "INSERT INTO refresh_tokens (digest, family, user_id, tenant_id, expires_at)"
                 " VALUES ($1, $2, $3, $4, $5)")
            .bind(token.digest)
            .bind(token.family)
            .bind(token.user_id.text())
            .bind(token.tenant_id.text())
            .bind(token.expires_at)
            .run();
    if (!inserted) {
        return fail(inserted.error());
    }
    return true;
}

Result<bool, StoreError> delete_family(SqlConnection& connection, const std::string& family) {
    const auto erased =
        SqlQuery(connection, "DELETE FROM refresh_tokens WHERE family = $1").bind(family).run();
    if (!erased) {
        return fail(erased.error());
    }
    return true;
}

/// A row for attempts under this name, and no litter of others.
Result<bool, StoreError> make_attempts(SqlConnection& connection, const std::string& id,
                                       WallTime now, const LoginRule& rule) {
    const auto erased = SqlQuery(connection, "DELETE FROM login_attempts WHERE tried_at < $1")
                            .bind(now - rule.kept_for)
                            .run();
    if (!erased) {
        return fail(erased.error());
    }
    const auto made = SqlQuery(connection,
                               "INSERT INTO login_attempts (id, failures, locked_until, tried_at)"
                               " VALUES ($1, 0, 0, $2) ON CONFLICT (id) DO NOTHING")
                          .bind(id)
                          .bind(now)
                          .run();
    if (!made) {
        return fail(made.error());
    }
    return true;
}

}  // namespace

Result<std::optional<WallTime>, StoreError> count_login(SqlConnection& connection,
                                                        const std::string& id, WallTime now,
                                                        const LoginRule& rule) {
    if (const auto made = make_attempts(connection, id, now, rule); !made) {
        return fail(made.error());
    }
    const auto row =
        SqlQuery(connection,
                 "SELECT failures, locked_until FROM login_attempts WHERE id = $1 FOR UPDATE")
            .bind(id)
            .row();
    if (!row) {
        return fail(row.error());
    }
    if (row->time(1) > now) {
        return std::optional(row->time(1));
    }
    const std::int64_t failures = row->number(0) + 1;
    const milliseconds lock = lock_of(failures, rule);
    const auto counted =
        SqlQuery(connection,
                 "UPDATE login_attempts SET failures = $1, locked_until = $2, tried_at = $3"
                 " WHERE id = $4")
            .bind(failures)
            .bind(lock > milliseconds{0} ? now + lock : WallTime{})
            .bind(now)
            .bind(id)
            .run();
    if (!counted) {
        return fail(counted.error());
    }
    return std::optional<WallTime>();
}

Result<bool, StoreError> keep_login(SqlConnection& connection, const std::string& id,
                                    const RefreshToken& token, WallTime now) {
    const auto forgotten =
        SqlQuery(connection, "DELETE FROM login_attempts WHERE id = $1").bind(id).run();
    if (!forgotten) {
        return fail(forgotten.error());
    }
    const auto erased =
        SqlQuery(connection, "DELETE FROM refresh_tokens WHERE expires_at < $1").bind(now).run();
    if (!erased) {
        return fail(erased.error());
    }
    const auto noted = SqlQuery(connection,
                                "UPDATE users SET last_login_at = $1 WHERE tenant_id = $2"
                                " AND id = $3")
                           .bind(now)
                           .bind(token.tenant_id.text())
                           .bind(token.user_id.text())
                           .run();
    if (!noted) {
        return fail(noted.error());
    }
    // Gone since its password was looked at.
    if (*noted == 0) {
        return fail(StoreError::not_found);
    }
    return insert_token(connection, token);
}

Result<std::optional<RefreshToken>, StoreError> exchange_token(SqlConnection& connection,
                                                               const std::string& digest,
                                                               RefreshToken fresh, WallTime now) {
    const auto row = SqlQuery(connection,
                              "SELECT family, user_id, tenant_id, expires_at, used_at"
                              " FROM refresh_tokens WHERE digest = $1 FOR UPDATE")
                         .bind(digest)
                         .row();
    if (!row) {
        return fail(row.error());
    }
    if (!row->is_null(4)) {
        if (const auto erased = delete_family(connection, row->text(0)); !erased) {
            return fail(erased.error());
        }
        return std::optional<RefreshToken>();
    }
    if (row->time(3) <= now) {
        return fail(StoreError::not_found);
    }
    const auto used =
        SqlQuery(connection, "UPDATE refresh_tokens SET used_at = $1 WHERE digest = $2")
            .bind(now)
            .bind(digest)
            .run();
    if (!used) {
        return fail(used.error());
    }
    fresh.family = row->text(0);
    fresh.user_id = UserId(row->text(1));
    fresh.tenant_id = TenantId(row->text(2));
    if (const auto inserted = insert_token(connection, fresh); !inserted) {
        return fail(inserted.error());
    }
    return std::optional(std::move(fresh));
}

Result<bool, StoreError> delete_family_of(SqlConnection& connection, const std::string& digest) {
    const auto row = SqlQuery(connection, "SELECT family FROM refresh_tokens WHERE digest = $1")
                         .bind(digest)
                         .row();
    if (!row && row.error() == StoreError::not_found) {
        return false;
    }
    if (!row) {
        return fail(row.error());
    }
    return delete_family(connection, row->text(0));
}

}  // namespace studio::adapters
