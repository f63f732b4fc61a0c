-- Records that are kept, changed and listed as documents, and what a wire needs whose calls carry a password.

CREATE TABLE registry (
    tenant_id uuid NOT NULL,
    kind text NOT NULL,
    id uuid NOT NULL,
    company_id uuid NOT NULL,
    number bigint NOT NULL,
    -- What no two records of the kind share while they live; null where they may.
    key text,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    deleted_at timestamptz,
    doc json NOT NULL,
    PRIMARY KEY (tenant_id, kind, id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX registry_key ON registry (tenant_id, company_id, kind, key)
    WHERE key IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX registry_changed ON registry (tenant_id, company_id, kind, changed_at, id);
SELECT protect('registry');

-- At a call the connection is named, not the application.
CREATE INDEX api_users_by_connection ON api_users (connection_id);

-- Products of their own may be shown as one.
ALTER TABLE variants ADD COLUMN group_id uuid;
CREATE INDEX variants_by_group ON variants (tenant_id, group_id) WHERE group_id IS NOT NULL;
