-- Categories as records of their own: named per language, changed, deleted, told of.

ALTER TABLE categories
    ADD COLUMN number bigint NOT NULL DEFAULT 0,
    ADD COLUMN version bigint NOT NULL DEFAULT 1,
    ADD COLUMN created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN created_by text NOT NULL DEFAULT 'system',
    ADD COLUMN changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN changed_by text NOT NULL DEFAULT 'system',
    ADD COLUMN deleted_at timestamptz,
    -- Names in other languages than the path's, custom data, source.
    ADD COLUMN doc json NOT NULL DEFAULT '{}';
ALTER TABLE categories DROP CONSTRAINT categories_tenant_id_company_id_path_key;
CREATE UNIQUE INDEX categories_path ON categories (tenant_id, company_id, path) WHERE deleted_at IS NULL;
CREATE INDEX categories_changed ON categories (tenant_id, company_id, changed_at, id);
CREATE INDEX categories_by_parent ON categories (tenant_id, parent_id);
