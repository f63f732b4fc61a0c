"""What a tenant has, counted, and whether its ledger adds up: to compare a hub with its restored copy."""

from dataclasses import dataclass

from plughub.core.hub import Transaction
from plughub.core.ids import TenantId

#: Kinds of rows that are added and never removed.
LASTING = ("orders", "stock_movements", "events")


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    #: Kind of row -> how many.
    counts: dict[str, int]
    #: Levels that are not the sum of their movements, or hold less than nothing in reservations.
    wrong_levels: int


async def census(tx: Transaction, tenant: TenantId) -> Census:
    row = await tx.one(_CENSUS, tenant)
    assert row is not None  # noqa: S101 - one row always comes
    counts = dict(row)
    return Census(wrong_levels=counts.pop("wrong_levels"), counts=counts)


_CENSUS = """
SELECT (SELECT count(*) FROM products WHERE tenant_id = $1) AS products,
       (SELECT count(*) FROM customers WHERE tenant_id = $1) AS customers,
       (SELECT count(*) FROM orders WHERE tenant_id = $1) AS orders,
       (SELECT count(*) FROM stock_movements WHERE tenant_id = $1) AS stock_movements,
       (SELECT count(*) FROM events WHERE tenant_id = $1) AS events,
       (SELECT count(*) FROM (
            SELECT variant_id, location_id, on_hand FROM stock_levels WHERE tenant_id = $1
        ) l FULL JOIN (
            SELECT variant_id, location_id, sum(delta) AS total FROM stock_movements WHERE tenant_id = $1
            GROUP BY variant_id, location_id
        ) m USING (variant_id, location_id)
        WHERE coalesce(l.on_hand, 0) <> coalesce(m.total, 0)) AS wrong_levels
"""
