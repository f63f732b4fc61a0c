"""What runs out."""

from decimal import Decimal

from plughub.core.caller import Caller
from plughub.core.hub import Transaction

# Per SKU that holds stock of its own, over all locations. Joined by hash: asked one by one, 100,000 take a second.
_LOW = """
SELECT count(*) FROM skus k LEFT JOIN (
    SELECT s.variant_id, sum(s.on_hand - s.reserved) AS free FROM stock_levels s WHERE s.tenant_id = $1 GROUP BY 1
) f ON f.variant_id = k.variant_id
WHERE k.tenant_id = $1 AND k.company_id = $2 AND k.holds_stock AND coalesce(f.free, 0) <= $3
"""


async def low_count(tx: Transaction, caller: Caller, threshold: Decimal) -> int:
    """How many SKUs have no more than this to sell."""
    found: int = await tx.value(_LOW, caller.tenant, caller.company, threshold)
    return found
