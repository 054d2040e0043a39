-- What the request said that bound the key: another body under the same key is a mistake. Empty for
-- keys that were bound before.
ALTER TABLE idempotency_keys ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';
