-- Stock as people keep it: why it moved, counts that come as whole lists, and places that they name.

-- In the words of whoever changed it.
ALTER TABLE stock_movements ADD COLUMN note text;

-- Locations are changed by people, so their changes are told like those of other records.
ALTER TABLE locations
    -- What counts for levels that have no priority of their own; a lower one is asked first.
    ADD COLUMN priority integer,
    ADD COLUMN version bigint NOT NULL DEFAULT 1;

-- A list of counts that somebody entered at once. It is carried out in parts, each whole, and can be gone on with.
CREATE TABLE stock_counts (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    note text,
    -- Rows that could not be taken, as they were written: somebody has yet to mend them.
    rest text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
SELECT protect('stock_counts');

CREATE TABLE stock_count_rows (
    tenant_id uuid NOT NULL,
    count_id uuid NOT NULL,
    position integer NOT NULL,
    sku text NOT NULL,
    location_id uuid NOT NULL,
    quantity numeric NOT NULL,
    -- What was on hand when the row was shown before it was sent; null where nothing was counted.
    seen numeric,
    -- Null until its turn has come.
    outcome text CHECK (outcome IN ('set', 'same', 'unknown', 'kit', 'variants')),
    -- What was on hand when its turn came.
    before numeric,
    PRIMARY KEY (tenant_id, count_id, position),
    FOREIGN KEY (tenant_id, count_id) REFERENCES stock_counts ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, location_id) REFERENCES locations
);
CREATE INDEX stock_count_rows_waiting ON stock_count_rows (tenant_id, count_id, position) WHERE outcome IS NULL;
SELECT protect('stock_count_rows');
