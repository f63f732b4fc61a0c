from collections.abc import Iterable
from typing import Any
from uuid import UUID

from plughub.core import ids
from plughub.core.hub import Transaction
from plughub.core.values import to_json

_LISTS = """
WITH fresh AS (
    INSERT INTO price_lists (tenant_id, id, code, name, currency)
    SELECT $1, x.id, x.code, x.code, $4 FROM unnest($2::uuid[], $3::text[]) AS x (id, code)
    ON CONFLICT (tenant_id, code) DO NOTHING
    RETURNING code, id
)
SELECT code, id FROM fresh UNION ALL
SELECT code, id FROM price_lists WHERE tenant_id = $1 AND code = ANY ($3)
"""

_SAVE = """
INSERT INTO prices (tenant_id, id, product_id, variant_id, list_id, min_quantity, action, amount, special_amount,
                    percentage, floor, ceiling, label, digits)
SELECT $1, x.id, $2, x.variant, x.list, x.min_quantity, x.action, x.amount, x.special_amount, x.percentage,
       x.floor, x.ceiling, x.label, x.digits
FROM json_to_recordset($3) AS x (id uuid, variant uuid, list uuid, min_quantity numeric, action text, amount numeric,
                                 special_amount numeric, percentage numeric, floor numeric, ceiling numeric, label text,
                                 digits smallint)
ON CONFLICT (tenant_id, variant_id, list_id, min_quantity) DO UPDATE SET
    action = excluded.action, amount = excluded.amount, special_amount = excluded.special_amount,
    percentage = excluded.percentage, floor = excluded.floor, ceiling = excluded.ceiling, label = excluded.label,
    digits = excluded.digits
"""


async def list_ids(tx: Transaction, tenant: UUID, codes: Iterable[str], currency: str) -> dict[str, UUID]:
    """Ids of the price lists with these codes; lists that are new are created."""
    # In one order everywhere, so that two products naming the same new lists cannot block each other.
    wanted = sorted(set(codes))
    if not wanted:
        return {}
    known = {row["code"]: row["id"] for row in await tx.all(_LISTS, tenant, _fresh(wanted), wanted, currency)}
    if len(known) < len(wanted):
        # Another transaction made one in between: it is visible to a new statement.
        known |= {row["code"]: row["id"] for row in await tx.all(_LISTS, tenant, _fresh(wanted), wanted, currency)}
    return known


async def save(tx: Transaction, tenant: UUID, product: UUID, rows: list[dict[str, Any]]) -> None:
    await tx.run(_SAVE, tenant, product, to_json(rows))


async def remove(tx: Transaction, tenant: UUID, price_ids: list[UUID]) -> None:
    await tx.run("DELETE FROM prices WHERE tenant_id = $1 AND id = ANY ($2)", tenant, price_ids)


def _fresh(codes: list[str]) -> list[UUID]:
    # Lists that are made together stand in the order of their codes.
    return sorted(ids.new() for _ in codes)
