-- Orders that were deleted stay as tombstones; their number at the channel is free again.

ALTER TABLE orders ADD COLUMN deleted_at timestamptz;

DROP INDEX orders_channel_number;
CREATE UNIQUE INDEX orders_channel_number ON orders (tenant_id, company_id, channel, channel_number)
    WHERE channel IS NOT NULL AND channel_number IS NOT NULL AND deleted_at IS NULL;
