-- Wires that know SKUs and no products look for variants by SKU, those that were deleted included: `skus` has only the
-- SKUs in use. In the order of bytes, in which these wires compare and sort.
CREATE INDEX variants_by_sku ON variants (tenant_id, sku COLLATE "C");
