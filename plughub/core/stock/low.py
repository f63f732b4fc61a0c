"""What runs out."""

from decimal import Decimal

from plughub.core.caller import Caller
from plughub.core.hub import Transaction

# Over all locations. If all of a SKU is few, it is few at some location, or nowhere at all: only those are summed up.
_LOW = """
WITH few AS MATERIALIZED (
    SELECT s.variant_id FROM stock_levels s WHERE s.tenant_id = $1 AND s.on_hand - s.reserved <= $3
    UNION ALL
    SELECT k.variant_id FROM skus k
    WHERE k.tenant_id = $1 AND k.company_id = $2 AND k.holds_stock
      AND NOT EXISTS (SELECT FROM stock_levels s WHERE s.tenant_id = $1 AND s.variant_id = k.variant_id)
)
SELECT count(*) FROM skus k
WHERE k.tenant_id = $1 AND k.company_id = $2 AND k.holds_stock AND k.variant_id IN (SELECT few.variant_id FROM few)
  AND coalesce((SELECT sum(s.on_hand - s.reserved) FROM stock_levels s
                WHERE s.tenant_id = $1 AND s.variant_id = k.variant_id), 0) <= $3
"""


async def low_count(tx: Transaction, caller: Caller, threshold: Decimal) -> int:
    """How many SKUs have no more than this to sell; `threshold` is not below zero."""
    found: int = await tx.value(_LOW, caller.tenant, caller.company, threshold)
    return found
