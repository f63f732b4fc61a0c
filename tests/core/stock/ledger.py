"""What the tables say of a shop's stock, for tests that compare it with a model."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from plughub.core.hub import Transaction
from plughub.core.stock import Wanted
from tests import make


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    on_hand: Decimal
    reserved: Decimal
    #: Sum of its movements.
    moved: Decimal
    #: Sum of the reservations that hold it.
    held: Decimal


_LEVELS = """
SELECT k.sku, l.code, s.on_hand, s.reserved,
    (SELECT coalesce(sum(m.delta), 0) FROM stock_movements m
     WHERE m.tenant_id = $1 AND m.variant_id = s.variant_id AND m.location_id = s.location_id) AS moved,
    (SELECT coalesce(sum(r.quantity), 0) FROM reservations r WHERE r.tenant_id = $1 AND r.state = 'held'
     AND r.variant_id = s.variant_id AND r.location_id = s.location_id) AS held
FROM stock_levels s
JOIN skus k ON k.tenant_id = $1 AND k.variant_id = s.variant_id
JOIN locations l ON l.tenant_id = $1 AND l.id = s.location_id
WHERE s.tenant_id = $1
"""


async def levels(shop: make.Shop) -> dict[tuple[str, str], Row]:
    """(SKU, location code) -> what is there."""
    async with shop.hub.read(shop.tenant.id) as tx:
        rows = await tx.all(_LEVELS, shop.tenant.id)
    return {
        (row["sku"], row["code"]): Row(
            on_hand=row["on_hand"], reserved=row["reserved"], moved=row["moved"], held=row["held"]
        )
        for row in rows
    }


async def wanted(tx: Transaction, shop: make.Shop, lines: list[tuple[UUID, str, int]]) -> list[Wanted]:
    """Needs of (line, SKU, quantity), all from the main location."""
    rows = await tx.all("SELECT sku, product_id, variant_id, is_default FROM skus WHERE tenant_id = $1", shop.tenant.id)
    known = {row["sku"]: row for row in rows}
    return [
        Wanted(
            line=line,
            product=known[sku]["product_id"],
            variant=known[sku]["variant_id"],
            location=shop.tenant.id,
            path=f"{'default' if known[sku]['is_default'] else f'variants[{sku}]'}.levels[$main]",
            quantity=Decimal(quantity),
        )
        for line, sku, quantity in lines
    ]
