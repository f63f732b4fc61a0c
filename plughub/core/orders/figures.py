"""How orders come in, in numbers."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from plughub.core.caller import Caller
from plughub.core.hub import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What came in on one day, in one currency."""

    day: date
    currency: str
    orders: int
    #: Without those that were canceled.
    revenue: Decimal
    #: The same, of what came in before the moment that was asked for.
    orders_before: int
    revenue_before: Decimal


# `orders_by_day` holds all of it.
_DAYS = """
SELECT (r.created_at AT TIME ZONE $4)::date AS day, r.currency, count(*) AS orders,
       coalesce(sum(r.total) FILTER (WHERE r.status <> 'canceled'), 0) AS revenue,
       count(*) FILTER (WHERE r.created_at < $5) AS orders_before,
       coalesce(sum(r.total) FILTER (WHERE r.status <> 'canceled' AND r.created_at < $5), 0) AS revenue_before
FROM orders r
WHERE r.tenant_id = $1 AND r.company_id = $2 AND r.deleted_at IS NULL AND r.created_at >= $3
GROUP BY 1, 2 ORDER BY 1, 2
"""

# What is paid, or to be paid later, and not on its way; `orders_to_send` holds these.
_LATE = """
SELECT count(*) FROM orders r
WHERE r.tenant_id = $1 AND r.company_id = $2 AND r.deleted_at IS NULL AND r.expected_send IS NOT NULL
  AND r.status IN ('paid', 'awaiting_invoice', 'invoice_failed', 'partly_invoiced', 'invoiced')
  AND r.expected_send < $3
"""


async def days(tx: Transaction, caller: Caller, since: datetime, *, zone: str, before: datetime) -> list[Day]:
    """Orders that came in since a moment, by days of a time zone (IANA name); days without any are left out."""
    rows = await tx.all(_DAYS, caller.tenant, caller.company, since, zone, before)
    return [Day(**dict(row)) for row in rows]


async def late_count(tx: Transaction, caller: Caller, now: datetime) -> int:
    """Orders that should have left by now."""
    found: int = await tx.value(_LATE, caller.tenant, caller.company, f"{now:%Y-%m-%dT%H:%M:%S}")
    return found
