from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import asyncpg

from plughub.core import ids
from plughub.core.caller import Caller
from plughub.core.errors import InsufficientStock, Invalid, NotFound, TryAgain
from plughub.core.hub import Transaction
from plughub.core.ids import LocationId, ProductId, VariantId
from plughub.core.stock import rules, store
from plughub.core.stock.model import MAIN, Changed, Level, Verb, Wanted
from plughub.core.stock.queries import location_id, location_ids
from plughub.core.values import LONGEST_KEY

_LEVELS = """
SELECT s.id, l.code, s.on_hand, s.reserved, s.supply, coalesce(s.priority, l.priority) AS priority
FROM stock_levels s
JOIN locations l ON l.tenant_id = $1 AND l.id = s.location_id
WHERE s.tenant_id = $1 AND s.variant_id = $2
"""

#: The floor of a change that has none.
_BOTTOMLESS = Decimal("-Infinity")


async def change(
    tx: Transaction,
    caller: Caller,
    sku: str,
    verb: Verb,
    quantity: Decimal,
    *,
    code: str | None = None,
    floor: Decimal | None = Decimal(0),
    note: str | None = None,
) -> Changed:
    """Change one SKU's level, atomically.

    `code` names the location; without it the main one is meant, or, for a relative change of a SKU that was
    only ever counted elsewhere, the location that orders would ask first. `floor=None` lets stock go below
    zero. `note` says why, in the caller's own words. Each statement is its own transaction: call it with
    `hub.step`.
    """
    place = code or MAIN
    if len(place) > LONGEST_KEY:
        raise Invalid("stock_code", f"must have at most {LONGEST_KEY} characters")
    # A place that is not known yet is made only once the SKU is known to have stock of its own.
    location = caller.tenant if place == MAIN else await location_id(tx, caller.tenant, place)
    limit = floor if floor is not None else _BOTTOMLESS
    for _ in range(4):
        row = await tx.one(
            store.CHANGE[verb],
            caller.tenant, caller.company, sku, location, place, verb.value, quantity, limit,
            caller.actor, caller.connection, ids.new(), ids.new(), note,
        )  # fmt: skip
        if row is not None:
            return _changed(row, place)
        found = await _why_not(tx, caller, sku, location)
        product, variant, before = ProductId(found["product_id"]), VariantId(found["variant_id"]), found["on_hand"]
        if before is None:
            # Never counted there: open an empty level, in a statement of its own, and try again.
            place, location = await _opened(
                tx, caller, variant, product, place, location, look_elsewhere=code is None and verb is not Verb.SET
            )
        elif (after := rules.after(verb, before, quantity)) == before:
            return Changed(
                product=product,
                variant=variant,
                code=place,
                before=before,
                on_hand=before,
                reserved=None,
                version=None,
                changed_at=None,
            )
        elif not rules.is_allowed(after, floor):
            raise InsufficientStock(sku, quantity, before)
        # Somebody else's change in between made it possible: again.
    raise TryAgain


async def set_free(tx: Transaction, caller: Caller, variant: UUID, free: Decimal) -> Changed | None:
    """Make `free` what may still be sold of a variant at the main location, atomically; what is promised stays so.

    None when it was that already, or when the variant has no level of its own there: `products.change` says which.
    The statement is its own transaction: call it with `hub.step`.
    """
    row = await tx.one(
        store.SET_FREE,
        caller.tenant, caller.company, variant, caller.tenant, MAIN, Verb.SET.value, free, _BOTTOMLESS,
        caller.actor, caller.connection, ids.new(), ids.new(), None,
    )  # fmt: skip
    return None if row is None else _changed(row, MAIN)


def _changed(row: asyncpg.Record, place: str) -> Changed:
    return Changed(
        product=ProductId(row["product_id"]),
        variant=VariantId(row["variant_id"]),
        code=place,
        before=row["before"],
        on_hand=row["after"],
        reserved=row["reserved"],
        version=row["version"],
        changed_at=row["changed_at"],
        described=row["described"],
    )


async def _why_not(tx: Transaction, caller: Caller, sku: str, location: UUID | None) -> asyncpg.Record:
    """What a change that changed nothing found; refused when the SKU has no stock of its own at all."""
    row = await tx.one(store.WHY_NOT, caller.tenant, caller.company, sku, location)
    if row is None:
        raise NotFound("sku", sku)
    if row["is_kit"]:
        raise Invalid("sku", "the stock of a kit follows its components")
    if not row["holds_stock"]:
        raise Invalid("sku", "stock is kept per variant")
    return row


async def _opened(
    tx: Transaction,
    caller: Caller,
    variant: VariantId,
    product: ProductId,
    place: str,
    location: UUID | None,
    *,
    look_elsewhere: bool,
) -> tuple[str, UUID]:
    if look_elsewhere:
        levels = [
            Level(id=row["id"], code=row["code"], supply=row["supply"], priority=row["priority"])
            for row in await tx.all(_LEVELS, caller.tenant, variant)
        ]
        if levels:
            first = rules.by_preference(levels)[0].code
            return first, (await location_ids(tx, caller.tenant, [first]))[first]
    location = location or (await location_ids(tx, caller.tenant, [place]))[place]
    await store.open_levels(tx, caller.tenant, [(variant, location, ids.new(), product)])
    return place, location


async def hold(tx: Transaction, caller: Caller, order: UUID, wanted: Sequence[Wanted], *, guarded: bool) -> None:
    """Promise stock to an order's lines. `guarded`: refuse all of it when any of it is not free."""
    if not wanted:
        return
    uncounted = {(w.variant, w.location): w.product for w in wanted if not w.is_counted}
    if uncounted:
        await store.open_levels(
            tx, caller.tenant, [(*pair, ids.new(), product) for pair, product in sorted(uncounted.items())]
        )
    told = {product: ids.new() for product in sorted({w.product for w in wanted})}
    need: dict[tuple[UUID, VariantId, LocationId, str], Decimal] = {}
    for w in wanted:
        at = (told[w.product], w.variant, w.location, w.path)
        need[at] = need.get(at, Decimal(0)) + w.quantity
    told_by, variants, locations, paths = zip(*need, strict=True)
    quantities = list(need.values())
    if guarded:
        await tx.run(store.LOCK, caller.tenant, list(told))
        short = await tx.all(store.SHORT, caller.tenant, variants, locations, quantities)
        if short:
            raise InsufficientStock(str(short[0]["variant"]), short[0]["quantity"], short[0]["available"])
    await tx.run(
        store.HOLD,
        caller.tenant, order, list(told), caller.actor, caller.connection, told_by,
        variants, locations, quantities, paths,
        [w.line for w in wanted], [w.variant for w in wanted], [w.location for w in wanted],
        [w.quantity for w in wanted],
    )  # fmt: skip


async def consume(tx: Transaction, caller: Caller, order: UUID) -> None:
    """The goods leave: what the order held goes off the shelf. Nothing held, nothing done."""
    await _settle(tx, caller, order, "consumed")


async def release(tx: Transaction, caller: Caller, order: UUID) -> None:
    """What the order held is free again."""
    await _settle(tx, caller, order, "released")


async def _settle(tx: Transaction, caller: Caller, order: UUID, outcome: str) -> None:
    held = await store.held_products(tx, caller.tenant, order)
    if not held:
        return
    products = sorted(set(held))
    await tx.run(
        store.SETTLE,
        caller.tenant, order, products, caller.actor, caller.connection, [ids.new() for _ in products],
        outcome, [ids.new() for _ in held],
    )  # fmt: skip
