-- Many workers: who may write a call (fencing), the room and phone of a call, and the events that
-- other systems are told (outbox), written in the transaction of the change that caused them.

ALTER TABLE calls ADD COLUMN room_name TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN phone_number TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN fencing_token BIGINT NOT NULL DEFAULT 0;
-- How many events of the call were put into the outbox; numbers the next one.
ALTER TABLE calls ADD COLUMN event_count BIGINT NOT NULL DEFAULT 0;

-- What the sweep for calls that wait for a worker looks through.
CREATE INDEX calls_pending ON calls (created_at) WHERE status = 'pending';

-- Of the worker that wrote the line: where two wrote the same one, the later worker's counts.
ALTER TABLE transcript_entries ADD COLUMN fencing_token BIGINT NOT NULL DEFAULT 0;

-- `id` is the call's id, a colon and `sequence`: the same event has the same id for ever, so that
-- whoever receives it twice can tell.
CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    sequence BIGINT NOT NULL,
    type TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    claimed_until BIGINT NOT NULL DEFAULT 0,
    delivered_at BIGINT,
    attempts BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX outbox_undelivered ON outbox (created_at, id) WHERE delivered_at IS NULL;
CREATE INDEX outbox_delivered ON outbox (delivered_at) WHERE delivered_at IS NOT NULL;
CREATE INDEX outbox_by_call ON outbox (call_id);
CREATE INDEX outbox_by_tenant ON outbox (tenant_id);
