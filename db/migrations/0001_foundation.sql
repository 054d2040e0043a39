-- Tenants, their keys, agents, tools and calls. Written in the subset of SQL that SQLite and
-- PostgreSQL share: moments are milliseconds since 1970 in UTC, JSON is text, ids are UUIDs as text.

CREATE TABLE tenants (
    id TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id);

CREATE TABLE agents (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    description TEXT NOT NULL,
    config TEXT NOT NULL,
    is_active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (tenant_id, name)
);

CREATE TABLE tools (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    description TEXT NOT NULL,
    config TEXT NOT NULL,
    is_active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (tenant_id, name)
);

-- The agent is named, not referenced: the history of a call outlives its agent.
CREATE TABLE calls (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    agent_name TEXT NOT NULL,
    user_id TEXT NOT NULL,
    status TEXT NOT NULL,
    status_reason TEXT NOT NULL,
    direction TEXT NOT NULL,
    call_type TEXT NOT NULL,
    user_context TEXT NOT NULL,
    metadata TEXT NOT NULL,
    agent_history TEXT NOT NULL,
    metrics TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT
);
CREATE INDEX calls_by_tenant ON calls (tenant_id, created_at, id);
CREATE INDEX calls_by_tenant_status ON calls (tenant_id, status, created_at);
CREATE INDEX calls_by_tenant_agent ON calls (tenant_id, agent_name, created_at);
CREATE INDEX calls_by_status ON calls (status);

CREATE TABLE transcript_entries (
    call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    sequence BIGINT NOT NULL,
    role TEXT NOT NULL,
    content TEXT NOT NULL,
    agent TEXT NOT NULL,
    spoken_at BIGINT NOT NULL,
    interrupted BOOLEAN NOT NULL,
    latency TEXT,
    tool TEXT,
    PRIMARY KEY (call_id, sequence)
);
CREATE INDEX transcript_entries_by_tenant ON transcript_entries (tenant_id, call_id);
