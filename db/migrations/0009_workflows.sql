-- A workflow has the shape of every resource: its slug stands as `name`, its name as `display_name`.
CREATE TABLE workflows (
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

-- Named, not referenced: the history of a call outlives its workflow. Empty for a call of one agent.
ALTER TABLE calls ADD COLUMN workflow_id TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN workflow_slug TEXT NOT NULL DEFAULT '';
CREATE INDEX calls_by_tenant_workflow ON calls (tenant_id, workflow_slug, created_at);
