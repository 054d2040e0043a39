-- Keys may end by themselves, have a rate of their own, and tell when they were last used.
ALTER TABLE api_keys ADD COLUMN expires_at BIGINT;
-- Requests a minute; NULL for the server's default.
ALTER TABLE api_keys ADD COLUMN rate_limit BIGINT;
ALTER TABLE api_keys ADD COLUMN last_used_at BIGINT;

-- False for a call that was asked for with a test key.
ALTER TABLE calls ADD COLUMN livemode BOOLEAN NOT NULL DEFAULT TRUE;
