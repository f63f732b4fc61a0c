-- What the first pages of the console ask: how the day goes, what fails and why, who was here last.

-- Why the last attempt failed, in a sentence; null while none did and once it was delivered. What fails is told by it,
-- so those that fail for the same reason are counted without a look at their attempts.
ALTER TABLE deliveries ADD COLUMN reason text;
CREATE INDEX deliveries_failing ON deliveries (tenant_id, subscription_id, reason)
    WHERE state = 'due' AND reason IS NOT NULL;

DO $$
DECLARE
    tenant uuid;
BEGIN
    FOR tenant IN SELECT id FROM tenants LOOP
        PERFORM set_config('hub.tenant_id', tenant::text, true);
        UPDATE deliveries d SET reason = (
            SELECT a.reason FROM attempts a
            WHERE a.tenant_id = tenant AND a.delivery_id = d.id ORDER BY a.id DESC LIMIT 1)
        WHERE d.tenant_id = tenant AND d.state IN ('due', 'dead') AND d.attempt_count > 0;
    END LOOP;
END
$$;

-- Orders of a day are counted from the index alone.
CREATE INDEX orders_by_day ON orders (tenant_id, company_id, created_at) INCLUDE (currency, total, status)
    WHERE deleted_at IS NULL;

-- ISO 8601 in UTC, so texts are in the order of time: a moment of a document is no constant for PostgreSQL, its text is.
ALTER TABLE orders ADD COLUMN expected_send text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'expected_send') STORED;
-- `orders.late` names the same states.
CREATE INDEX orders_to_send ON orders (tenant_id, company_id, expected_send)
    WHERE deleted_at IS NULL AND expected_send IS NOT NULL
      AND status IN ('paid', 'awaiting_invoice', 'invoice_failed', 'partly_invoiced', 'invoiced');

-- Customers by what is known of them exactly.
CREATE INDEX customers_by_email ON customers (tenant_id, email);
CREATE INDEX customers_by_name ON customers (tenant_id, name);

-- When each person last signed in; sessions themselves are forgotten.
ALTER TABLE users ADD COLUMN signed_in_at timestamptz;
