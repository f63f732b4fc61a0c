-- Freight: where parcels start, who is asked for a price on the way, and the tenant's own tables of prices.

-- Where a tenant's parcels start. A tenant without a row sends from its country, no more is known.
CREATE TABLE freight_origins (
    tenant_id uuid PRIMARY KEY REFERENCES tenants,
    country text NOT NULL,
    postal_code text,
    city text,
    state text
);
SELECT protect('freight_origins');

CREATE TABLE freight_sources (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    name text NOT NULL,
    url text NOT NULL,
    -- The client whose software answers; it is asked only while that connection is active.
    connection_id uuid,
    budget_ms integer NOT NULL CHECK (budget_ms > 0),
    is_active boolean NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Every asking ends as exactly one of answered, late and failed.
    answered bigint NOT NULL DEFAULT 0,
    late bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    last_answered_at timestamptz,
    last_failed_at timestamptz,
    last_failure text,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections
) WITH (fillfactor = 50);
SELECT protect('freight_sources');

CREATE TABLE freight_tables (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    name text NOT NULL,
    row_count integer NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);
SELECT protect('freight_tables');

CREATE TABLE freight_rows (
    tenant_id uuid NOT NULL,
    table_id uuid NOT NULL,
    -- Place in the table.
    number integer NOT NULL,
    country text NOT NULL,
    -- Digits, as many in one as in the other; both empty: the whole country.
    postal_from text COLLATE "C" NOT NULL,
    postal_to text COLLATE "C" NOT NULL,
    -- The digits with which both begin, and so every code between them: found by equality, which uses an
    -- index under row security where a comparison of ranges would not narrow anything.
    postal_prefix text COLLATE "C" NOT NULL,
    weight_from numeric NOT NULL,
    weight_to numeric,
    value_from numeric NOT NULL,
    value_to numeric,
    method text NOT NULL,
    company text NOT NULL,
    price numeric NOT NULL,
    extra_kg numeric NOT NULL,
    percentage numeric NOT NULL,
    days integer,
    PRIMARY KEY (tenant_id, table_id, number),
    FOREIGN KEY (tenant_id, table_id) REFERENCES freight_tables,
    CHECK (length(postal_from) = length(postal_to))
);
CREATE INDEX freight_rows_by_place ON freight_rows (tenant_id, country, postal_prefix);
SELECT protect('freight_rows');
