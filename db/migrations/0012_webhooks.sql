-- Webhooks: where a tenant wants its events sent, the events as they are sent, and a row for each
-- event and endpoint (docs/webhooks.md).

CREATE TABLE webhook_endpoints (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    description TEXT NOT NULL,
    events TEXT NOT NULL,
    is_active BOOLEAN NOT NULL,
    disabled_reason TEXT NOT NULL,
    timeout_ms BIGINT NOT NULL,
    attempts_max BIGINT NOT NULL,
    -- Sealed where the operator gave a key (docs/adr/0031).
    secret TEXT NOT NULL,
    secret_before TEXT NOT NULL,
    secret_before_until BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX webhook_endpoints_by_tenant ON webhook_endpoints (tenant_id, created_at, id);

-- `call_id` is absent of test events. An event goes with its call.
CREATE TABLE webhook_events (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    call_id TEXT REFERENCES calls (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX webhook_events_by_age ON webhook_events (created_at);
CREATE INDEX webhook_events_by_call ON webhook_events (call_id);
CREATE INDEX webhook_events_by_tenant ON webhook_events (tenant_id);

-- Of one endpoint and stream (a call) only the pending row with the least sequence is sent. `due_at`
-- is when; while an attempt is under way, when another process may take it for lost.
CREATE TABLE webhook_deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    endpoint_id TEXT NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL REFERENCES webhook_events (id) ON DELETE CASCADE,
    event_type TEXT NOT NULL,
    stream TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    status TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    response_status BIGINT NOT NULL,
    response_body TEXT NOT NULL,
    error TEXT NOT NULL,
    duration_ms BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    attempted_at BIGINT,
    ended_at BIGINT,
    UNIQUE (endpoint_id, event_id)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_heads ON webhook_deliveries (endpoint_id, stream, sequence)
    WHERE status = 'pending';
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (endpoint_id, created_at, id);
CREATE INDEX webhook_deliveries_by_event ON webhook_deliveries (event_id);
CREATE INDEX webhook_deliveries_by_tenant ON webhook_deliveries (tenant_id);

-- When a stored event was given to the webhooks of its tenant: they and the bus (delivered_at) do not
-- wait for each other. What was stored before there were webhooks is nobody's.
ALTER TABLE outbox ADD COLUMN webhooks_at BIGINT;
UPDATE outbox SET webhooks_at = created_at;
CREATE INDEX outbox_without_webhooks ON outbox (created_at, id) WHERE webhooks_at IS NULL;
CREATE INDEX outbox_with_webhooks ON outbox (webhooks_at) WHERE webhooks_at IS NOT NULL;

-- Whoever has locked the one row gives stored events to webhooks: of a call nobody does it out of order.
CREATE TABLE webhook_fan_out (
    id BIGINT NOT NULL PRIMARY KEY
);
INSERT INTO webhook_fan_out (id) VALUES (1);
