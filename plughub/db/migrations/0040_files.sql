-- Files. A file is a record of the registry; its content lies outside the database under a name of its own.

-- Contents that no file points to (yet): noted before they are written, doomed when nothing needs them any more.
-- Outside row security, so that the sweep finds them without knowing whose they are: names only.
CREATE TABLE loose_contents (
    tenant_id uuid NOT NULL,
    name uuid NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- To be removed; a file can no longer take it.
    is_doomed boolean NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON loose_contents TO plughub_app;

-- Files that anybody may read. Who reads one names no tenant, so this is outside row security: ids only.
CREATE TABLE public_files (
    tenant_id uuid NOT NULL,
    file_id uuid PRIMARY KEY
);
GRANT SELECT, INSERT, DELETE ON public_files TO plughub_app;

-- Which records show a file: it stays as long as one does, and they follow when it is renamed.
CREATE TABLE file_links (
    tenant_id uuid NOT NULL,
    file_id uuid NOT NULL,
    -- product, variant_group
    kind text NOT NULL,
    record_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, file_id, kind, record_id)
);
SELECT protect('file_links');
