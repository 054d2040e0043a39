-- When a call was last known to be held: where its process dies, that is when it ended.
ALTER TABLE calls ADD COLUMN alive_at BIGINT;
