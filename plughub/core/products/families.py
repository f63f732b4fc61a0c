"""Products with variants, each as the one thing that its variants belong to; for wires where that is a record.

A product whose variants have all gone is one no longer: it stays in lists, as deleted.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from plughub.core.caller import Caller
from plughub.core.hub import Transaction
from plughub.core.products.documents import AGGREGATE, read
from plughub.core.products.model import Product
from plughub.core.record import Record

_HAD_VARIANTS = "EXISTS (SELECT FROM variants v WHERE v.tenant_id = $1 AND v.product_id = r.id AND NOT v.is_default)"
_GONE_AT = """
CASE WHEN EXISTS (SELECT FROM variants v WHERE v.tenant_id = $1 AND v.product_id = r.id AND NOT v.is_default
                  AND v.deleted_at IS NULL)
THEN r.deleted_at ELSE coalesce(r.deleted_at, r.changed_at) END
"""

#: One row each, with what every list asks for.
family_table = f"""
SELECT r.tenant_id, r.company_id, r.id, r.version, r.created_at, r.changed_at, {_GONE_AT} AS deleted_at
FROM products r WHERE r.tenant_id = $1 AND {_HAD_VARIANTS}
"""

_BY_IDS = f"""
SELECT {AGGREGATE} AS record, {_GONE_AT} AS deleted_at FROM products r
WHERE r.tenant_id = $1 AND r.company_id = $2 AND r.id = ANY ($4) AND {_HAD_VARIANTS}
"""


async def families(tx: Transaction, caller: Caller, products: Sequence[UUID]) -> dict[UUID, Record[Product]]:
    """Those of the products that have variants, or had."""
    rows = await tx.all(_BY_IDS, caller.tenant, caller.company, caller.connection, list(products))
    records = (replace(read(row["record"]), deleted_at=row["deleted_at"]) for row in rows)
    return {record.id: record for record in records}
