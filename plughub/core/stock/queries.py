from collections.abc import Iterable
from uuid import UUID

import asyncpg

from plughub.core import ids
from plughub.core.hub import Transaction
from plughub.core.ids import TenantId
from plughub.core.stock.model import MAIN, Movement

_LOCATIONS = """
WITH fresh AS (
    INSERT INTO locations (tenant_id, id, code, name)
    SELECT $1, x.id, x.code, x.code FROM unnest($2::uuid[], $3::text[]) AS x (id, code)
    ON CONFLICT (tenant_id, code) DO NOTHING
    RETURNING code, id
)
SELECT code, id FROM fresh UNION ALL SELECT code, id FROM locations WHERE tenant_id = $1 AND code = ANY ($3)
"""


async def location_id(tx: Transaction, tenant: UUID, code: str) -> UUID | None:
    """Id of the location with this code, if there is one."""
    id: UUID | None = await tx.value("SELECT id FROM locations WHERE tenant_id = $1 AND code = $2", tenant, code)
    return id


async def location_ids(tx: Transaction, tenant: UUID, codes: Iterable[str]) -> dict[str, UUID]:
    """Ids of the locations with these codes; locations that are new are created."""
    wanted = sorted(set(codes) - {MAIN})
    known: dict[str, UUID] = {MAIN: tenant}
    if wanted:
        known |= await _located(tx, tenant, wanted)
    if len(known) <= len(wanted):
        # Another transaction made one in between: it is visible to a new statement.
        known |= await _located(tx, tenant, wanted)
    return known


async def _located(tx: Transaction, tenant: UUID, codes: list[str]) -> dict[str, UUID]:
    rows = await tx.all(_LOCATIONS, tenant, [ids.new() for _ in codes], codes)
    return {row["code"]: row["id"] for row in rows}


async def movements(tx: Transaction, tenant: TenantId, variant: UUID) -> list[Movement]:
    """The ledger of one variant, oldest first: each level is the sum of its movements."""
    rows = await tx.all(
        """
        SELECT m.id, l.code, m.delta, m.on_hand, m.reason, m.order_id, m.actor, m.occurred_at, m.note
        FROM stock_movements m JOIN locations l ON l.tenant_id = $1 AND l.id = m.location_id
        WHERE m.tenant_id = $1 AND m.variant_id = $2 ORDER BY m.occurred_at, m.id
        """,
        tenant,
        variant,
    )
    return [movement(row) for row in rows]


def movement(row: asyncpg.Record) -> Movement:
    return Movement(
        id=row["id"],
        location=row["code"],
        delta=row["delta"],
        on_hand=row["on_hand"],
        reason=row["reason"],
        order=row["order_id"],
        actor=row["actor"],
        occurred_at=row["occurred_at"],
        note=row["note"],
    )
