"""A shop with as many products as nobody would make one by one: rows, as the commands would have left them."""

from plughub.core import ids
from tests import make

#: $2 how many, $3 a second location. Every third SKU is counted there too; every tenth was never counted anywhere.
_MADE = """
CREATE TEMP TABLE made ON COMMIT DROP AS
SELECT gen_random_uuid() AS product, gen_random_uuid() AS variant, n, 'SKU-' || n AS sku
FROM generate_series(1, $1::int) AS n
"""
_PRODUCTS = """
INSERT INTO products (tenant_id, id, company_id, number, sku, is_kit, version, created_at, created_by, changed_at,
                      changed_by, doc)
SELECT $1, product, $1, n, sku, false, 1, now(), 'test', now(), 'test',
       json_build_object('content', json_build_object('pt', json_build_object('name', 'Camisa número ' || n)))
FROM made
"""
_VARIANTS = """
INSERT INTO variants (tenant_id, id, product_id, number, sku, position, is_default, doc)
SELECT $1, variant, product, n, sku, 0, true, '{}' FROM made
"""
_SKUS = """
INSERT INTO skus (tenant_id, company_id, sku, product_id, variant_id, holds_stock, is_default)
SELECT $1, $1, sku, product, variant, true, true FROM made
"""
_LEVELS = """
INSERT INTO stock_levels (tenant_id, variant_id, location_id, id, product_id, on_hand, reserved, supply, revision,
                          changed_at)
SELECT $1, variant, l.id, gen_random_uuid(), product, n % 500, n % 3, 'own', 0, now()
FROM made JOIN locations l ON l.tenant_id = $1 AND (l.id = $1 OR n % 3 = 0)
WHERE n % 10 <> 0
"""
_SEARCH = """
INSERT INTO search_rows (tenant_id, kind, id, leaves, words, codes, groups)
SELECT $1, 'product', product, '{}', 'camisa numero ' || n, lower(sku), '' FROM made
"""


async def stocked(shop: make.Shop, number: int) -> None:
    """Products SKU-1, SKU-2 ..., in two locations: the main one and CD-2."""
    tenant = shop.tenant.id
    async with shop.hub.change(tenant) as tx:
        await tx.run(
            "INSERT INTO locations (tenant_id, id, code, name) VALUES ($1, $2, 'CD-2', 'Second')", tenant, ids.new()
        )
        await tx.run(_MADE, number)
        for sql in (_PRODUCTS, _VARIANTS, _SKUS, _LEVELS, _SEARCH):
            await tx.run(sql, tenant)
