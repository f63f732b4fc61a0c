"""Price lists as records: what can be done with them, and how products find theirs."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from plughub.core import ids, registry
from plughub.core.caller import Caller
from plughub.core.errors import Locked
from plughub.core.hub import Transaction
from plughub.core.patch import Patch
from plughub.core.prices.model import BASE, PRICE_LIST, PriceList
from plughub.core.record import Record

_INSERT = "INSERT INTO price_lists (tenant_id, id, code, name, currency) VALUES ($1, $2, $3, $3, $4)"

_MISSING = """
SELECT l.id, l.code, l.currency FROM price_lists l
WHERE l.tenant_id = $1 AND l.code = ANY ($2)
  AND NOT EXISTS (SELECT FROM registry r WHERE r.tenant_id = $1 AND r.kind = 'price_list' AND r.id = l.id)
ORDER BY l.id
"""

_IN_USE = """
SELECT EXISTS (
    SELECT FROM prices p
    JOIN variants v ON v.tenant_id = $1 AND v.id = p.variant_id
    JOIN products o ON o.tenant_id = $1 AND o.id = p.product_id
    WHERE p.tenant_id = $1 AND p.list_id = $2 AND v.deleted_at IS NULL AND o.deleted_at IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """As much of a price list as a price has to know."""

    id: UUID
    code: str
    currency: str


async def create(tx: Transaction, caller: Caller, changes: Patch) -> Record[PriceList]:
    """A list without prices; its code is its id where none is given."""
    id = ids.new()
    made = await registry.create(tx, caller, PRICE_LIST, {"code": id.hex, **changes}, id=id)
    await tx.run(_INSERT, caller.tenant, id, made.value.code, made.value.currency)
    return made


async def register(tx: Transaction, caller: Caller, codes: Iterable[str]) -> None:
    """Make records of lists that came into being when a product named them."""
    wanted = sorted(codes)
    for row in await tx.all(_MISSING, caller.tenant, wanted) if wanted else ():
        names = {caller.language: row["code"]}
        patch: Patch = {"code": row["code"], "names": names, "currency": row["currency"]}
        await registry.create(tx, caller, PRICE_LIST, patch, id=row["id"])


async def change(tx: Transaction, caller: Caller, id: UUID, changes: Patch) -> Record[PriceList]:
    """The currency stays as long as something is priced in it."""
    before = await registry.hold(tx, caller, PRICE_LIST, id)
    after, _ = await registry.change(tx, caller, PRICE_LIST, id, changes)
    if after.value.currency != before.value.currency:
        await tx.run(
            "UPDATE price_lists SET currency = $3 WHERE tenant_id = $1 AND id = $2",
            caller.tenant,
            id,
            after.value.currency,
        )
        await _check_free(tx, caller, id, "has prices in its currency")
    return after


async def delete(tx: Transaction, caller: Caller, id: UUID) -> Record[PriceList]:
    """Its code is free. A list with prices stays, and so does the one that holds the base prices."""
    gone = await registry.delete(tx, caller, PRICE_LIST, id)
    # Before the check: whoever prices something in the list now waits, and whoever did is seen.
    await tx.run(
        "UPDATE price_lists SET code = '$gone ' || id WHERE tenant_id = $1 AND id = $2",
        caller.tenant,
        id,
    )
    await _check_free(tx, caller, id, "has prices")
    return gone


async def lists(tx: Transaction, caller: Caller) -> list[Listed]:
    """All lists, in the order of creation."""
    rows = await tx.all(
        "SELECT l.id, l.code, l.currency FROM price_lists l WHERE l.tenant_id = $1 ORDER BY l.id", caller.tenant
    )
    return [Listed(row["id"], row["code"], row["currency"]) for row in rows if not row["code"].startswith("$gone ")]


def base(caller: Caller) -> Listed:
    """The list of the products' own prices. Every tenant has it, in the tenant's currency."""
    return Listed(caller.tenant, BASE, caller.currency)


async def _check_free(tx: Transaction, caller: Caller, id: UUID, reason: str) -> None:
    if id == caller.tenant or await tx.value(_IN_USE, caller.tenant, id):
        raise Locked("price_list", reason)
