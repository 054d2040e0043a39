-- People who sign in, and what they hold.

-- An address may belong to several tenants. The password is empty until an invitation was accepted.
CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    is_active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    last_login_at BIGINT,
    -- Tokens that were given out before are none.
    tokens_valid_from BIGINT NOT NULL,
    -- SHA-256 of the invitation under way; NULL for none.
    invitation_digest TEXT UNIQUE,
    invitation_expires_at BIGINT,
    UNIQUE (tenant_id, email)
);
CREATE INDEX users_by_email ON users (email);

-- Each login is the head of a family; each refresh adds one and uses one up.
CREATE TABLE refresh_tokens (
    digest TEXT NOT NULL PRIMARY KEY,
    family TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_by_user ON refresh_tokens (user_id);
CREATE INDEX refresh_tokens_by_tenant ON refresh_tokens (tenant_id);
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at);

-- Counted for every address that somebody tries, whether it is anybody's or not: the key is its SHA-256.
CREATE TABLE login_attempts (
    id TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    locked_until BIGINT NOT NULL,
    tried_at BIGINT NOT NULL
);
CREATE INDEX login_attempts_by_moment ON login_attempts (tried_at);
