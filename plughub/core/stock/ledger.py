"""What happened to the stock of a few variants, and which orders hold some of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from plughub.core.caller import Caller
from plughub.core.hub import Transaction
from plughub.core.ids import TenantId
from plughub.core.stock.model import Movement
from plughub.core.stock.queries import movement

_LATEST = """
SELECT m.id, m.variant_id, l.code, m.delta, m.on_hand, m.reason, m.order_id, m.actor, m.occurred_at, m.note
FROM stock_movements m JOIN locations l ON l.tenant_id = $1 AND l.id = m.location_id
WHERE m.tenant_id = $1 AND m.variant_id = ANY ($2) ORDER BY m.occurred_at DESC, m.id DESC LIMIT $3
"""
_HELD = """
SELECT r.order_id, o.number, r.variant_id, l.code, sum(r.quantity) AS quantity, min(r.changed_at) AS since
FROM reservations r
JOIN orders o ON o.tenant_id = $1 AND o.id = r.order_id
JOIN locations l ON l.tenant_id = $1 AND l.id = r.location_id
WHERE r.tenant_id = $1 AND r.variant_id = ANY ($2) AND r.state = 'held'
GROUP BY r.order_id, o.number, r.variant_id, l.code ORDER BY since DESC, r.order_id LIMIT $3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What an order holds of one variant at one location."""

    order: UUID
    #: The order's own.
    number: int
    variant: UUID
    location: str
    quantity: Decimal
    since: datetime


async def latest(
    tx: Transaction, tenant: TenantId, variants: Sequence[UUID], limit: int
) -> list[tuple[UUID, Movement]]:
    """The newest movements of these variants, newest first, each with its variant."""
    return [(row["variant_id"], movement(row)) for row in await tx.all(_LATEST, tenant, list(variants), limit)]


async def held(tx: Transaction, tenant: TenantId, variants: Sequence[UUID], limit: int) -> list[Held]:
    """Which orders hold stock of these variants, the newest promise first."""
    return [
        Held(
            order=row["order_id"],
            number=row["number"],
            variant=row["variant_id"],
            location=row["code"],
            quantity=row["quantity"],
            since=row["since"],
        )
        for row in await tx.all(_HELD, tenant, list(variants), limit)
    ]


async def past(tx: Transaction, caller: Caller, variant: UUID, *, limit: int, offset: int = 0) -> list[Movement]:
    """Movements of one variant, the newest first, page by page."""
    # Location by location, as the ledger's key has them: so much is read as is shown, however long it is.
    rows = await tx.all(
        """
        SELECT m.id, l.code, m.delta, m.on_hand, m.reason, m.order_id, m.actor, m.occurred_at, m.note
        FROM locations l CROSS JOIN LATERAL (
            SELECT * FROM stock_movements x
            WHERE x.tenant_id = $1 AND x.variant_id = $2 AND x.location_id = l.id
            ORDER BY x.id DESC LIMIT $3::integer + $4::integer
        ) m
        WHERE l.tenant_id = $1 ORDER BY m.occurred_at DESC, m.id DESC LIMIT $3 OFFSET $4
        """,
        caller.tenant,
        variant,
        limit,
        offset,
    )
    return [movement(row) for row in rows]
