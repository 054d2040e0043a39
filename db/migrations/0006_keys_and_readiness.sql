-- A key that was revoked stays, so that its id and digest are never taken again.
ALTER TABLE api_keys ADD COLUMN revoked_at BIGINT;

-- Whoever asks whether the database can be used writes here: reading alone works on a full disk and
-- on a server that has become a standby. One row, as large as what a call writes at once.
CREATE TABLE readiness (
    id BIGINT NOT NULL PRIMARY KEY,
    noted_at BIGINT NOT NULL,
    padding TEXT NOT NULL
);
