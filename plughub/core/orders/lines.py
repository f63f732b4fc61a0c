"""Order lines and the catalogue: what was sold, as it was then, and what the order takes from stock."""

from decimal import Decimal
from uuid import UUID

from msgspec.structs import replace

from plughub.core import products, stock
from plughub.core.caller import Caller
from plughub.core.hub import Transaction
from plughub.core.ids import LocationId, VariantId
from plughub.core.orders import rules
from plughub.core.orders.model import LineKind, LineVariant, Order, OrderLine, OrderStatus
from plughub.core.products import Sold, Variant
from plughub.core.stock import Wanted

#: What the catalogue knows of the SKUs that an order names.
Catalogue = dict[str, Sold]


def linked(order: Order, fresh: tuple[OrderLine, ...], catalogue: Catalogue, language: str) -> Order:
    """New lines tied to the catalogue, with a copy of the variant as it is now."""
    chosen = {line.id for line in fresh}
    lines = tuple(_link(line, catalogue, language) if line.id in chosen else line for line in order.lines)
    return replace(order, lines=lines)


def _link(line: OrderLine, catalogue: Catalogue, language: str) -> OrderLine:
    found = _found(line, catalogue)
    if found is None:
        return line
    variant = found.variant
    if found.is_default:
        return replace(line, product_id=found.product, variant_id=variant.id)
    content = variant.content.get(language)
    copy = LineVariant(
        id=variant.id,
        name=content.name if content else None,
        sku=variant.sku,
        gtin=variant.gtin,
        external=variant.remote_id,
        photo_url=next((one.url for one in variant.media if one.url), None),
        attributes=variant.attributes,
    )
    told = {name: value for name in copy.__struct_fields__ if (value := getattr(line.variant, name))}
    return replace(
        line,
        product_id=found.product,
        variant_id=variant.id,
        variant=replace(copy, **(told | {"id": variant.id, "sku": variant.sku})),
    )


def _found(line: OrderLine, catalogue: Catalogue) -> Sold | None:
    if line.kind is not LineKind.PRODUCT:
        return None
    return next((catalogue[sku] for sku in (line.variant.sku, line.sku) if sku and sku in catalogue), None)


async def follow_in_stock(
    tx: Transaction,
    caller: Caller,
    id: UUID,
    before: Order | None,
    after: Order,
    catalogue: Catalogue,
    *,
    guarded: bool,
) -> None:
    """Held while the order is open, gone when it is shipped, free again when it is canceled or holds no more."""
    status = after.status
    if before is None:
        if after.reserves_stock and status not in rules.LEAVES | {OrderStatus.CANCELED}:
            await stock.hold(tx, caller, id, await _wanted(tx, caller, after, catalogue), guarded=guarded)
        return
    if not (before.reserves_stock or after.reserves_stock):
        return
    has_moved = before.status != status
    if has_moved and status in rules.LEAVES:
        await stock.consume(tx, caller, id)
    elif (has_moved and status is OrderStatus.CANCELED) or not after.reserves_stock:
        await stock.release(tx, caller, id)


async def _wanted(tx: Transaction, caller: Caller, order: Order, catalogue: Catalogue) -> list[Wanted]:
    """What each line takes, from where; a kit takes its parts."""
    needs = [(line, found) for line in order.lines if line.quantity and (found := _found(line, catalogue)) is not None]
    parts = await _parts(tx, caller, [found.variant for _, found in needs if found.is_kit])
    taken: list[tuple[OrderLine, Sold, Decimal]] = []
    for line, found in needs:
        if found.is_kit:
            taken += [
                (line, parts[part.id], part.quantity * line.quantity)
                for part in found.variant.parts
                if part.id in parts
            ]
        else:
            taken.append((line, found, line.quantity))
    places = [_source(found.variant, quantity, line.stock_code or order.stock_code) for line, found, quantity in taken]
    known = await stock.location_ids(tx, caller.tenant, set(places))
    return [
        Wanted(
            line=line.id,
            product=found.product,
            variant=VariantId(found.variant.id),
            location=LocationId(known[place]),
            path=found.level_path(place),
            quantity=quantity,
            is_counted=any(level.code == place for level in found.variant.levels),
        )
        for (line, found, quantity), place in zip(taken, places, strict=True)
    ]


def _source(variant: Variant, quantity: Decimal, code: str | None) -> str:
    """A code that names no stock row of this variant is the channel's own word, not a place to take from."""
    named = code if code in {level.code for level in variant.levels} else None
    return stock.source(variant.levels, quantity, named)


async def _parts(tx: Transaction, caller: Caller, kits: list[Variant]) -> dict[UUID, Sold]:
    """What kits are made of."""
    wanted = {part.id for kit in kits for part in kit.parts}
    return await products.sold_variants(tx, caller, sorted(wanted)) if wanted else {}
