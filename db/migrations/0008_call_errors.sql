-- What failed of what outside systems were asked for: [{stage, provider, code, count}].
ALTER TABLE calls ADD COLUMN errors TEXT NOT NULL DEFAULT '[]';
