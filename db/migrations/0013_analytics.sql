-- What providers did for a call and how long it took: [{stage, provider, model, agent, …}].
ALTER TABLE calls ADD COLUMN usage TEXT NOT NULL DEFAULT '[]';

-- Calls of one person, newest first.
CREATE INDEX calls_by_tenant_user ON calls (tenant_id, user_id, created_at, id) WHERE user_id <> '';
CREATE INDEX calls_by_tenant_phone ON calls (tenant_id, phone_number, created_at, id)
    WHERE phone_number <> '';

-- The members of a call's metadata that calls can be found by; of calls made from now on. `owner` and
-- `made_at` are the call's tenant and created_at, under names of their own beside those in a join.
CREATE TABLE call_labels (
    call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    owner TEXT NOT NULL,
    label TEXT NOT NULL,
    value TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (call_id, label)
);
CREATE INDEX call_labels_by_value ON call_labels (owner, label, value, made_at, call_id);
CREATE INDEX idempotency_keys_by_call ON idempotency_keys (call_id);

-- Figures of ended calls, added up when a call ends and in its transaction. `span` 0: of an hour, 1:
-- of a day, 2: of a month, all in UTC; `begins_at` the moment at which it begins, in which the call
-- was asked for. The same figures stand in each span, so that a year is a dozen months and some days.
-- Nothing here tells of a person: it stays where calls are erased.

-- One row a tenant, which whoever adds figures writes first: one at a time, so that none of them
-- waits for another crosswise. `since`: the first end that was counted.
CREATE TABLE analytics_heads (
    tenant_id TEXT NOT NULL PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    since BIGINT NOT NULL,
    calls BIGINT NOT NULL
);

CREATE TABLE analytics_calls (
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    span BIGINT NOT NULL,
    begins_at BIGINT NOT NULL,
    agent_name TEXT NOT NULL,
    workflow_slug TEXT NOT NULL,
    status TEXT NOT NULL,
    status_reason TEXT NOT NULL,
    calls BIGINT NOT NULL,
    begun BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    turns BIGINT NOT NULL,
    interruptions BIGINT NOT NULL,
    handoffs BIGINT NOT NULL,
    tokens BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, span, begins_at, agent_name, workflow_slug, status, status_reason)
);

CREATE TABLE analytics_usage (
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    span BIGINT NOT NULL,
    begins_at BIGINT NOT NULL,
    agent_name TEXT NOT NULL,
    stage TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    requests BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    characters BIGINT NOT NULL,
    audio_ms BIGINT NOT NULL,
    waits BIGINT NOT NULL,
    waited_us BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, span, begins_at, agent_name, stage, provider, model)
);

-- Latencies by the bins of core/call/latency_histogram.hpp.
CREATE TABLE analytics_latency (
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    span BIGINT NOT NULL,
    begins_at BIGINT NOT NULL,
    stage TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    bin BIGINT NOT NULL,
    waits BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, span, begins_at, stage, provider, model, bin)
);

CREATE TABLE analytics_errors (
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    span BIGINT NOT NULL,
    begins_at BIGINT NOT NULL,
    stage TEXT NOT NULL,
    provider TEXT NOT NULL,
    code TEXT NOT NULL,
    errors BIGINT NOT NULL,
    calls BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, span, begins_at, stage, provider, code)
);

-- What a tenant pays, as it wrote it: one document.
CREATE TABLE price_lists (
    tenant_id TEXT NOT NULL PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    prices TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
