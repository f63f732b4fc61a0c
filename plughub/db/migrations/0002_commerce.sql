-- Products, prices, stock, customers and orders.
-- `doc` holds the fields that are only read and written; columns are what is searched, joined or locked.

CREATE TABLE products (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    company_id uuid NOT NULL,
    number bigint NOT NULL,
    sku text NOT NULL,
    is_kit boolean NOT NULL,
    is_available boolean,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    deleted_at timestamptz,
    doc json NOT NULL,
    PRIMARY KEY (tenant_id, id)
) WITH (fillfactor = 80);
CREATE INDEX products_changed ON products (tenant_id, company_id, changed_at, id);
SELECT protect('products');

CREATE TABLE variants (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    product_id uuid NOT NULL,
    number bigint NOT NULL,
    sku text NOT NULL,
    position integer NOT NULL,
    -- The one that carries the product's own SKU, price and stock; hidden once there are others.
    is_default boolean NOT NULL,
    deleted_at timestamptz,
    doc json NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products
);
CREATE INDEX variants_by_product ON variants (tenant_id, product_id, position);
CREATE UNIQUE INDEX variants_number ON variants (tenant_id, number);
SELECT protect('variants');

-- One row per SKU in use: what makes it unique over products and variants of a company.
CREATE TABLE skus (
    tenant_id uuid NOT NULL,
    company_id uuid NOT NULL,
    sku text NOT NULL,
    product_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    -- False where stock is kept elsewhere: a product with variants, a kit.
    holds_stock boolean NOT NULL,
    -- The product's own SKU; there is one per product.
    is_default boolean NOT NULL,
    PRIMARY KEY (tenant_id, company_id, sku),
    UNIQUE (tenant_id, variant_id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products,
    FOREIGN KEY (tenant_id, variant_id) REFERENCES variants
);
CREATE INDEX skus_of_products ON skus (tenant_id, company_id, product_id) WHERE is_default;
SELECT protect('skus');

CREATE TABLE categories (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    company_id uuid NOT NULL,
    parent_id uuid,
    -- Names from the root, in the tenant's language: Moda > Camisas.
    path text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, company_id, path),
    FOREIGN KEY (tenant_id, parent_id) REFERENCES categories
);
SELECT protect('categories');

CREATE TABLE product_categories (
    tenant_id uuid NOT NULL,
    product_id uuid NOT NULL,
    category_id uuid NOT NULL,
    position integer NOT NULL,
    PRIMARY KEY (tenant_id, product_id, category_id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products,
    FOREIGN KEY (tenant_id, category_id) REFERENCES categories
);
CREATE INDEX product_categories_by_category ON product_categories (tenant_id, category_id);
SELECT protect('product_categories');

-- A kit as it was put together: products in quantities.
CREATE TABLE kit_components (
    tenant_id uuid NOT NULL,
    kit_id uuid NOT NULL,
    component_id uuid NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    position integer NOT NULL,
    PRIMARY KEY (tenant_id, kit_id, component_id),
    FOREIGN KEY (tenant_id, kit_id) REFERENCES products,
    FOREIGN KEY (tenant_id, component_id) REFERENCES products
);
CREATE INDEX kit_components_by_component ON kit_components (tenant_id, component_id);
SELECT protect('kit_components');

-- What one sellable variant of a kit takes from stock.
CREATE TABLE kit_parts (
    tenant_id uuid NOT NULL,
    kit_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    part_id uuid NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (tenant_id, variant_id, part_id),
    FOREIGN KEY (tenant_id, variant_id) REFERENCES variants,
    FOREIGN KEY (tenant_id, part_id) REFERENCES variants
);
CREATE INDEX kit_parts_by_part ON kit_parts (tenant_id, part_id);
CREATE INDEX kit_parts_by_kit ON kit_parts (tenant_id, kit_id);
SELECT protect('kit_parts');

CREATE TABLE price_lists (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    currency text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, code)
);
SELECT protect('price_lists');

-- The base price is the row of the list whose id is the tenant's. Other rows overwrite it or change it.
CREATE TABLE prices (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    product_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    list_id uuid NOT NULL,
    min_quantity numeric NOT NULL,
    action text NOT NULL CHECK (action IN ('overwrite', 'increase', 'decrease')),
    amount numeric,
    special_amount numeric,
    percentage numeric,
    floor numeric,
    ceiling numeric,
    label text,
    valid_from timestamptz,
    valid_to timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, variant_id, list_id, min_quantity),
    FOREIGN KEY (tenant_id, variant_id) REFERENCES variants,
    FOREIGN KEY (tenant_id, list_id) REFERENCES price_lists
);
CREATE INDEX prices_by_product ON prices (tenant_id, product_id);
SELECT protect('prices');

CREATE TABLE locations (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, code)
);
SELECT protect('locations');

-- The main location is the one whose id is the tenant's.
CREATE TABLE stock_levels (
    tenant_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    location_id uuid NOT NULL,
    id uuid NOT NULL,
    product_id uuid NOT NULL,
    on_hand numeric NOT NULL,
    -- Promised to orders that have not left the house.
    reserved numeric NOT NULL CHECK (reserved >= 0),
    -- Terms of this variant at this location; a lower priority is asked first.
    supply text NOT NULL CHECK (supply IN ('own', 'supplier')),
    priority integer,
    price numeric,
    special_price numeric,
    handling_days integer,
    revision bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, variant_id, location_id),
    FOREIGN KEY (tenant_id, variant_id) REFERENCES variants,
    FOREIGN KEY (tenant_id, location_id) REFERENCES locations
) WITH (fillfactor = 70);
CREATE INDEX stock_levels_by_product ON stock_levels (tenant_id, product_id);
SELECT protect('stock_levels');

-- Append-only: a level is the sum of its movements.
CREATE TABLE stock_movements (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    variant_id uuid NOT NULL,
    location_id uuid NOT NULL,
    delta numeric NOT NULL,
    on_hand numeric NOT NULL,
    reason text NOT NULL,
    order_id uuid,
    actor text NOT NULL,
    occurred_at timestamptz NOT NULL,
    -- Asked for by variant only; one index less on the hottest table.
    PRIMARY KEY (tenant_id, variant_id, location_id, id)
);
SELECT protect('stock_movements', 'SELECT, INSERT');

CREATE TABLE reservations (
    tenant_id uuid NOT NULL,
    order_id uuid NOT NULL,
    line_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    location_id uuid NOT NULL,
    quantity numeric NOT NULL CHECK (quantity > 0),
    state text NOT NULL CHECK (state IN ('held', 'consumed', 'released')),
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, order_id, line_id, variant_id)
);
SELECT protect('reservations');

CREATE TABLE customers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    company_id uuid NOT NULL,
    number bigint NOT NULL,
    -- What makes two buyers the same one: tax number digits, else e-mail address.
    match_key text NOT NULL,
    name text NOT NULL,
    email text,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    doc json NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, company_id, match_key)
);
CREATE UNIQUE INDEX customers_number ON customers (tenant_id, number);
SELECT protect('customers');

CREATE TABLE orders (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    company_id uuid NOT NULL,
    number bigint NOT NULL,
    channel text,
    -- The order's number at the channel.
    channel_number text,
    connection_id uuid,
    customer_id uuid,
    status text NOT NULL,
    currency text NOT NULL,
    total numeric,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    doc json NOT NULL,
    PRIMARY KEY (tenant_id, id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX orders_channel_number ON orders (tenant_id, company_id, channel, channel_number)
    WHERE channel IS NOT NULL AND channel_number IS NOT NULL;
CREATE UNIQUE INDEX orders_number ON orders (tenant_id, number);
CREATE INDEX orders_changed ON orders (tenant_id, company_id, changed_at, id);
CREATE INDEX orders_status ON orders (tenant_id, company_id, status, id);
SELECT protect('orders');

-- One search row per record, outside row security: under row security PostgreSQL uses no index for the
-- operators below. Read only through core/search, which always binds the tenant and returns ids; the records
-- themselves are then read through row security. `leaves` are hashes of "tenant kind field=value".
CREATE TABLE search_rows (
    tenant_id uuid NOT NULL,
    kind text NOT NULL,
    id uuid NOT NULL,
    leaves bigint[] NOT NULL,
    -- Folded text for "contains": names and descriptions, SKUs and numbers, categories.
    words text NOT NULL,
    codes text NOT NULL,
    groups text NOT NULL,
    PRIMARY KEY (tenant_id, kind, id)
);
-- What was written lately waits in a list that every search reads whole: it is kept short.
CREATE INDEX search_rows_leaves ON search_rows USING gin (leaves) WITH (gin_pending_list_limit = 512);
-- Records without such texts, orders among them, cost these nothing.
CREATE INDEX search_rows_words ON search_rows USING gin (tenant_id, words gin_trgm_ops)
    WITH (gin_pending_list_limit = 512) WHERE words <> '';
CREATE INDEX search_rows_codes ON search_rows USING gin (tenant_id, codes gin_trgm_ops)
    WITH (gin_pending_list_limit = 512) WHERE codes <> '';
CREATE INDEX search_rows_groups ON search_rows USING gin (tenant_id, groups gin_trgm_ops)
    WITH (gin_pending_list_limit = 512) WHERE groups <> '';
GRANT SELECT, INSERT, UPDATE, DELETE ON search_rows TO plughub_app;

CREATE FUNCTION search_leaves(scope text, leaves text[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT coalesce(array_agg(hashtextextended(scope || leaf, 0)), '{}') FROM unnest(leaves) AS leaf);
