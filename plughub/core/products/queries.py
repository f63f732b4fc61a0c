from collections.abc import Sequence
from uuid import UUID

from plughub.core import listing as lists
from plughub.core.caller import Caller
from plughub.core.errors import NotFound
from plughub.core.hub import Transaction
from plughub.core.listing import Query, Source
from plughub.core.products.documents import AGGREGATE, PART_FREE, read
from plughub.core.products.model import Product
from plughub.core.record import Head, Page, Record, in_order

#: Some row of stock outside the main location, whose number is the product's own.
_LEVEL = (
    "EXISTS (SELECT FROM stock_levels s WHERE s.tenant_id = $1 AND s.product_id = r.id AND s.location_id <> $1 AND {})"
)
#: The number of a variant that is for sale (the default one is hidden behind others), or the sum over all of them.
_COUNTED = f"""
EXISTS (
    WITH shown AS (
        SELECT CASE WHEN r.is_kit THEN (
            SELECT coalesce(min(floor({PART_FREE} / k.quantity)), 0) FROM kit_parts k
            WHERE k.tenant_id = $1 AND k.variant_id = v.id
        ) ELSE (
            SELECT coalesce(max(s.on_hand) FILTER (WHERE s.location_id = $1), sum(s.on_hand), 0) FROM stock_levels s
            WHERE s.tenant_id = $1 AND s.variant_id = v.id
        ) END AS quantity
        FROM variants v
        WHERE v.tenant_id = $1 AND v.product_id = r.id AND v.deleted_at IS NULL AND v.is_default = NOT EXISTS (
            SELECT FROM variants o
            WHERE o.tenant_id = $1 AND o.product_id = r.id AND o.deleted_at IS NULL AND NOT o.is_default)
    )
    SELECT FROM (SELECT quantity FROM shown UNION ALL SELECT sum(quantity) FROM shown) q WHERE q.quantity {{test}}
)
"""
_SKU = """
r.id IN (SELECT k.product_id FROM skus k
         WHERE k.tenant_id = $1 AND k.company_id = $2 AND k.sku {test})
"""
_REMOTE = """
EXISTS (SELECT FROM remote_records m WHERE m.tenant_id = $1 AND m.connection_id = $3 AND m.kind = 'product'
        AND m.record_id = r.id AND m.remote_id {test})
"""

#: Fields of products that filters find in columns and rows; every other field is found through `Has`.
FIELDS = {
    "id": "r.id {test}",
    "variant_id": "r.id IN (SELECT v.product_id FROM variants v WHERE v.tenant_id = $1 AND v.deleted_at IS NULL"
    " AND v.id {test})",
    "sku": _SKU,
    "product_sku": "r.sku {test}",
    "is_kit": "r.is_kit {test}",
    # Kits are few: found so, not every product is looked at.
    "component.quantity": "r.id IN (SELECT k.kit_id FROM kit_components k WHERE k.tenant_id = $1"
    " AND k.quantity {test})",
    "created_at": "r.created_at {test}",
    "changed_at": "r.changed_at {test}",
    "created_by": "r.created_by {test}",
    "changed_by": "r.changed_by {test}",
    "remote_id": _REMOTE,
    "has_remote_id": f"({_REMOTE.replace('{test}', 'IS NOT NULL')}) {{test}}",
    "quantity": _COUNTED,
    "level.code": _LEVEL.format(
        "s.location_id IN (SELECT l.id FROM locations l WHERE l.tenant_id = $1 AND l.code {test})"
    ),
    "level.on_hand": _LEVEL.format("s.on_hand {test}"),
    "level.supply": _LEVEL.format("s.supply {test}"),
    "level.priority": _LEVEL.format("s.priority {test}"),
    "level.price": _LEVEL.format("s.price {test}"),
    "level.special_price": _LEVEL.format("s.special_price {test}"),
    "level.handling_days": _LEVEL.format("s.handling_days {test}"),
}
SOURCE = Source(
    kind="product",
    table="products",
    alive="r.tenant_id = $1 AND r.company_id = $2 AND r.deleted_at IS NULL",
    fields=FIELDS,
    is_complete="NOT r.is_kit",
    counted="(SELECT k.tenant_id, k.company_id, k.product_id AS id, NULL::timestamptz AS deleted_at"
    " FROM skus k WHERE k.is_default)",
)


_BY_ID = f"""
SELECT {AGGREGATE} FROM products r
WHERE r.tenant_id = $1 AND r.company_id = $2 AND r.deleted_at IS NULL AND r.id = $4
"""

_BY_VARIANT = f"""
SELECT {AGGREGATE} FROM variants o JOIN products r ON r.tenant_id = $1 AND r.id = o.product_id
WHERE o.tenant_id = $1 AND o.id = $4 AND o.deleted_at IS NULL AND r.company_id = $2 AND r.deleted_at IS NULL
"""


async def by_id(tx: Transaction, caller: Caller, id: UUID) -> Record[Product]:
    """A product by its id or by the id of one of its variants."""
    # Two questions: one with both conditions would read every product, since row security keeps their
    # combination out of the index.
    for sql in (_BY_ID, _BY_VARIANT):
        aggregate = await tx.value(sql, caller.tenant, caller.company, caller.connection, id)
        if aggregate is not None:
            return read(aggregate)
    raise NotFound("product", id)


async def by_sku(tx: Transaction, caller: Caller, sku: str) -> Record[Product]:
    """A product by its SKU or the SKU of one of its variants."""
    aggregate = await tx.value(
        f"""
        SELECT {AGGREGATE} FROM skus k JOIN products r ON r.tenant_id = $1 AND r.id = k.product_id
        WHERE k.tenant_id = $1 AND k.company_id = $2 AND k.sku = $4
        """,
        caller.tenant,
        caller.company,
        caller.connection,
        sku,
    )
    if aggregate is None:
        raise NotFound("sku", sku)
    return read(aggregate)


async def by_sku_unless(tx: Transaction, caller: Caller, sku: str, id: UUID, version: int) -> Record[Product] | None:
    """As `by_sku`, but None when it is still this product in this version: then nothing is read or sent."""
    # A question of its own: to get ready to read a product takes the database longer than to find it.
    is_still = await tx.value(
        """
        SELECT r.id = $4 AND r.version = $5 AND NOT r.is_kit
        FROM skus k JOIN products r ON r.tenant_id = $1 AND r.id = k.product_id
        WHERE k.tenant_id = $1 AND k.company_id = $2 AND k.sku = $3
        """,
        caller.tenant,
        caller.company,
        sku,
        id,
        version,
    )
    return None if is_still else await by_sku(tx, caller, sku)


async def category_paths(tx: Transaction, caller: Caller, categories: Sequence[UUID]) -> dict[UUID, str]:
    rows = await tx.all(
        "SELECT id, path FROM categories WHERE tenant_id = $1 AND company_id = $2 AND deleted_at IS NULL"
        " AND id = ANY ($3)",
        caller.tenant,
        caller.company,
        list(categories),
    )
    return {row["id"]: row["path"] for row in rows}


async def heads(tx: Transaction, caller: Caller, query: Query) -> Page[Head]:
    return await lists.page(tx, SOURCE, query, caller.tenant, caller.company, caller.connection)


async def listing(tx: Transaction, caller: Caller, query: Query) -> Page[Record[Product]]:
    page = await heads(tx, caller, query)
    return in_order(page, await by_ids(tx, caller, [head.id for head in page.records]))


async def by_skus(tx: Transaction, caller: Caller, skus: Sequence[str]) -> dict[str, Record[Product]]:
    """The products that have these SKUs, their own or a variant's, under each SKU that was found."""
    rows = await tx.all(
        f"""
        SELECT k.sku, {AGGREGATE} AS record
        FROM skus k JOIN products r ON r.tenant_id = $1 AND r.id = k.product_id
        WHERE k.tenant_id = $1 AND k.company_id = $2 AND k.sku = ANY ($4)
        """,
        caller.tenant,
        caller.company,
        caller.connection,
        list(skus),
    )
    return {row["sku"]: read(row["record"]) for row in rows}


async def by_ids(tx: Transaction, caller: Caller, product_ids: Sequence[UUID]) -> dict[UUID, Record[Product]]:
    rows = await tx.all(
        f"""
        SELECT {AGGREGATE} AS record FROM products r
        WHERE r.tenant_id = $1 AND r.company_id = $2 AND r.deleted_at IS NULL AND r.id = ANY ($4)
        """,
        caller.tenant,
        caller.company,
        caller.connection,
        list(product_ids),
    )
    records = (read(row["record"]) for row in rows)
    return {record.id: record for record in records}
