"""What can be done with orders."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
from msgspec.structs import replace

from plughub.core import connections, customers, events, ids, patch, products, stock
from plughub.core.caller import Caller
from plughub.core.errors import Duplicate
from plughub.core.events import Action
from plughub.core.hub import Transaction
from plughub.core.ids import LocationId, VariantId
from plughub.core.orders import queries, rules, store
from plughub.core.orders.model import LineVariant, Order, OrderLine, OrderStatus
from plughub.core.patch import Change
from plughub.core.products import Product, Variant
from plughub.core.record import Record
from plughub.core.stock import Wanted

Catalogue = dict[str, Record[Product]]


async def place(
    tx: Transaction,
    caller: Caller,
    given: patch.Patch,
    *,
    silent: bool = False,
    guarded: bool = False,
    notes: Sequence[str] = (),
    at: datetime | None = None,
) -> Record[Order]:
    """A new order. A second one with the same channel and channel number is refused.

    `guarded` refuses when stock that it holds is not free; `notes` go to the order's log; `at` places it in
    the past (imports).
    """
    moment = at or datetime.now(UTC)
    id = ids.new() if at is None else ids.at(int(at.timestamp() * 1000), ids.new().int & (1 << 54) - 1)
    order = patch.apply(Order(currency=caller.currency), given)
    rules.check(order)
    catalogue = await products.by_skus(tx, caller, found) if (found := rules.skus(order)) else {}
    order = rules.completed(_linked(order, order.lines, catalogue, caller.language))
    order = rules.move(None, order, at=moment, actor=caller.actor, may_move=rules.anywhere)
    order = rules.noted(order, notes, moment)
    order = await _with_customer(tx, caller, order, at)
    number = await tx.numbers.one(caller.tenant, "order")
    created = await store.place(tx, caller, id, number, order, event=ids.new(), silent=silent, at=at)
    if created is None:
        existing = await queries.by_channel_number(tx, caller, order.channel or "", order.channel_number or "")
        raise Duplicate("order", order.channel_number or "", existing)
    await _save_mine(tx, caller, id, Order(), order)
    await _follow_in_stock(tx, caller, id, None, order, catalogue, guarded=guarded)
    return Record(
        id=id,
        number=number,
        version=1,
        created_at=created,
        created_by=caller.actor,
        changed_at=created,
        changed_by=caller.actor,
        value=order,
    )


async def change(
    tx: Transaction,
    caller: Caller,
    id: UUID,
    changes: patch.Patch,
    *,
    may_move: rules.MayMove = rules.anywhere,
    silent: bool = False,
    guarded: bool = False,
    notes: Sequence[str] = (),
    at: datetime | None = None,
) -> tuple[Record[Order], list[Change]]:
    """Lay a patch over an order. All of it or nothing; no change changes nothing and tells nobody."""
    record = await store.lock(tx, caller, id)
    before = record.value
    after = patch.apply(before, changes)
    rules.check(after)
    catalogue = {}
    if after.lines != before.lines:
        old = {line.id for line in before.lines}
        fresh = tuple(line for line in after.lines if line.id not in old)
        wanted = rules.skus(replace(after, lines=fresh))
        catalogue = await products.by_skus(tx, caller, wanted) if wanted else {}
        after = _linked(after, fresh, catalogue, caller.language)
        after = rules.completed(after)
    moment = at or datetime.now(UTC)
    after = rules.move(before, after, at=moment, actor=caller.actor, may_move=may_move)
    if (after.payer, after.receiver) != (before.payer, before.receiver):
        after = await _with_customer(tx, caller, after, at)
    told = patch.diff(before, after)
    if not any("extensions" not in change.field.split(".") for change in told):
        return record, []
    after = rules.noted(after, notes, moment)
    try:
        version, changed = await store.update(tx, caller, id, after)
    except asyncpg.UniqueViolationError as error:
        raise Duplicate("order", after.channel_number or "") from error
    await _save_mine(tx, caller, id, before, after)
    await _follow_in_stock(tx, caller, id, before, after, catalogue, guarded=guarded)
    await events.record(
        tx,
        caller,
        "order",
        id,
        version=version,
        action=Action.UPDATED,
        changes=told,
        aspects={"status"} & events.aspects_of(told) or {"content"},
        silent=silent,
        at=at,
    )
    saved = Record(
        id=id,
        number=record.number,
        version=version,
        created_at=record.created_at,
        created_by=record.created_by,
        changed_at=changed,
        changed_by=caller.actor,
        value=after,
    )
    return saved, told


def _linked(order: Order, fresh: tuple[OrderLine, ...], catalogue: Catalogue, language: str) -> Order:
    """New lines tied to the catalogue, with a copy of the variant as it is now."""
    chosen = {line.id for line in fresh}
    lines = tuple(_link(line, catalogue, language) if line.id in chosen else line for line in order.lines)
    return replace(order, lines=lines)


def _link(line: OrderLine, catalogue: Catalogue, language: str) -> OrderLine:
    sku = next((sku for sku in (line.variant.sku, line.sku) if sku in catalogue), None)
    if sku is None:
        return line
    record = catalogue[sku]
    variant = next((v for v in record.value.variants if v.sku == sku), None)
    if variant is None:
        return replace(line, product_id=record.id, variant_id=record.value.default.id)
    content = variant.content.get(language)
    copy = LineVariant(
        id=variant.id,
        name=content.name if content else None,
        sku=variant.sku,
        gtin=variant.gtin,
        external=variant.remote_id,
        photo_url=variant.media[0].url if variant.media else None,
        attributes=variant.attributes,
    )
    told = {name: value for name in copy.__struct_fields__ if (value := getattr(line.variant, name))}
    return replace(
        line,
        product_id=record.id,
        variant_id=variant.id,
        variant=replace(copy, **(told | {"id": variant.id, "sku": variant.sku})),
    )


async def _with_customer(tx: Transaction, caller: Caller, order: Order, at: datetime | None) -> Order:
    key = rules.customer_key(order)
    if key is None:
        return order
    party = order.payer if order.payer != Order().payer else order.receiver
    customer = customers.Customer(
        name=" ".join(name for name in (party.first_name, party.last_name) if name) or party.company_name or "",
        email=party.email,
        phone=f"{party.phone_area or ''}{party.phone or ''}" or None,
        company_name=party.company_name,
        person_tax_id=party.person_tax_id,
        company_tax_id=party.company_tax_id,
        address={k: v for k in party.address.__struct_fields__ if (v := getattr(party.address, k))},
    )
    return replace(order, customer_id=await customers.remember(tx, caller, key, customer, at=at))


async def _save_mine(tx: Transaction, caller: Caller, id: UUID, before: Order, after: Order) -> None:
    """What only the calling connection sees: its own id for the order, and whether it has taken it."""
    if before.remote_id != after.remote_id:
        await connections.set_remote_id(tx, caller, "order", id, after.remote_id, exclusive=False)
    if before.is_acknowledged != after.is_acknowledged:
        await connections.acknowledge(tx, caller, "order", id, after.is_acknowledged)


async def _follow_in_stock(
    tx: Transaction,
    caller: Caller,
    id: UUID,
    before: Order | None,
    after: Order,
    catalogue: Catalogue,
    *,
    guarded: bool,
) -> None:
    """Held while the order is open, gone when it is shipped, free again when it is canceled."""
    if not after.reserves_stock:
        return
    status = after.status
    if before is not None and before.status != status:
        if status in rules.LEAVES:
            await stock.consume(tx, caller, id)
        elif status is OrderStatus.CANCELED:
            await stock.release(tx, caller, id)
    if before is None and status not in rules.LEAVES | {OrderStatus.CANCELED}:
        await stock.hold(tx, caller, id, await _wanted(tx, caller, after, catalogue), guarded=guarded)


async def _wanted(tx: Transaction, caller: Caller, order: Order, catalogue: Catalogue) -> list[Wanted]:
    """What each line takes, from where; a kit takes its parts."""
    needs = [
        (line, product, variant)
        for line in order.lines
        if line.quantity and (sku := _known_sku(line, catalogue))
        for product, variant in [_sold(catalogue[sku], sku)]
    ]
    parts = await _parts(tx, caller, [variant for _, product, variant in needs if product.value.is_kit])
    taken = []
    for line, product, variant in needs:
        code = line.stock_code or order.stock_code
        if product.value.is_kit:
            taken += [
                (line, *parts[part.id], Decimal(part.quantity * line.quantity), code)
                for part in variant.parts
                if part.id in parts
            ]
        else:
            taken.append((line, product, variant, Decimal(line.quantity), code))
    places = [
        (line, product, variant, quantity, _source(variant, quantity, code))
        for line, product, variant, quantity, code in taken
    ]
    known = await stock.location_ids(tx, caller.tenant, {place for *_, place in places})
    return [
        Wanted(
            line=line.id,
            product=product.id,
            variant=VariantId(variant.id),
            location=LocationId(known[place]),
            quantity=quantity,
        )
        for line, product, variant, quantity, place in places
    ]


def _source(variant: Variant, quantity: Decimal, code: str | None) -> str:
    """A code that names no stock row of this variant is the channel's own word and is not a place to take from."""
    named = code if code in {level.code for level in variant.levels} else None
    return stock.source(variant.levels, quantity, named)


def _known_sku(line: OrderLine, catalogue: Catalogue) -> str | None:
    return next((sku for sku in (line.variant.sku, line.sku) if sku and sku in catalogue), None)


def _sold(record: Record[Product], sku: str) -> tuple[Record[Product], Variant]:
    variant = next((v for v in record.value.variants if v.sku == sku), record.value.default)
    return record, variant


async def _parts(tx: Transaction, caller: Caller, kits: list[Variant]) -> dict[UUID, tuple[Record[Product], Variant]]:
    """The variants that kits are made of, with their products."""
    wanted = {part.id for kit in kits for part in kit.parts}
    if not wanted:
        return {}
    found = await products.by_variants(tx, caller, sorted(wanted))
    return {
        variant.id: (record, variant)
        for record in found
        for variant in (record.value.default, *record.value.variants)
        if variant.id in wanted
    }
