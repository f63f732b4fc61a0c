-- Conversations with customers: what they ask, about which order or product, and what they are answered.

CREATE TABLE conversations (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    company_id uuid NOT NULL,
    number bigint NOT NULL,
    channel text,
    -- The conversation's number at the channel.
    channel_number text,
    -- What it is about, as far as the hub has it.
    order_id uuid,
    product_id uuid,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    doc json NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id) REFERENCES orders,
    FOREIGN KEY (tenant_id, product_id) REFERENCES products
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX conversations_channel_number ON conversations (tenant_id, company_id, channel, channel_number)
    WHERE channel IS NOT NULL AND channel_number IS NOT NULL;
CREATE INDEX conversations_changed ON conversations (tenant_id, company_id, changed_at, id);
CREATE INDEX conversations_of_order ON conversations (tenant_id, order_id, id) WHERE order_id IS NOT NULL;
CREATE INDEX conversations_of_product ON conversations (tenant_id, product_id, id) WHERE product_id IS NOT NULL;
SELECT protect('conversations');
