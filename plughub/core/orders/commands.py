"""What can be done with orders."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from msgspec.structs import replace

from plughub.core import connections, customers, events, ids, patch, stock
from plughub.core.caller import Caller
from plughub.core.errors import Duplicate
from plughub.core.events import Action
from plughub.core.hub import Transaction
from plughub.core.orders import lines, queries, rules, store
from plughub.core.orders.model import Order
from plughub.core.patch import Change
from plughub.core.record import Record


async def place(
    tx: Transaction,
    caller: Caller,
    given: patch.Patch,
    *,
    silent: bool = False,
    guarded: bool = False,
    notes: Sequence[str] = (),
    at: datetime | None = None,
    exclusive: bool = False,
) -> Record[Order]:
    """A new order. A second one with the same channel and channel number is refused.

    `guarded` refuses when stock that it holds is not free; `notes` go to the order's log; `at` places it in
    the past (imports); `exclusive`: the caller's own id for it names no other order.
    """
    moment = at or datetime.now(UTC)
    id = ids.new() if at is None else ids.of(at)
    order = patch.apply(Order(currency=caller.currency), given)
    order = replace(order, source=replace(order.source, connection=caller.connection))
    rules.check(order)
    tied, catalogue = await lines.tied(tx, caller, (), order.lines)
    order = rules.completed(replace(order, lines=tied))
    order = rules.move(None, order, at=moment, actor=caller.actor, may_move=rules.anywhere)
    order = rules.noted(order, notes, moment)
    number = await tx.numbers.one(caller.tenant, "order")
    buyer = rules.customer_key(order)
    placed = await store.place(tx, caller, id, number, order, event=ids.new(), silent=silent, customer_key=buyer, at=at)
    if placed is None:
        existing = await queries.by_channel_number(tx, caller, order.channel or "", order.channel_number or "")
        raise Duplicate("order", order.channel_number or "", existing)
    created, customer = placed
    if buyer is not None and customer is None:
        await _save_customer(tx, caller, id, order, buyer, at)
    await _save_mine(tx, caller, id, Order(), order, exclusive=exclusive)
    await lines.follow_in_stock(tx, caller, id, None, order, catalogue, guarded=guarded)
    return Record.new(id, number, created, caller.actor, order)


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
    exclusive: bool = False,
    also: Sequence[Change] = (),
) -> tuple[Record[Order], list[Change]]:
    """Lay a patch over an order. All of it or nothing; no change changes nothing and tells nobody.

    `also`: changes of what the order shows and others keep, such as its payments.
    """
    record = await store.lock(tx, caller, id)
    before = record.value
    after = patch.apply(before, changes)
    rules.check(after)
    catalogue: lines.Catalogue = {}
    if after.lines != before.lines:
        tied, catalogue = await lines.tied(tx, caller, before.lines, after.lines)
        after = rules.completed(replace(after, lines=tied))
    moment = at or datetime.now(UTC)
    after = rules.move(before, after, at=moment, actor=caller.actor, may_move=may_move)
    told = patch.diff(before, after)
    told += also
    if not any(rules.is_known(change) for change in told):
        return record, []
    after = rules.noted(after, notes, moment)
    try:
        version, changed = await store.update(tx, caller, id, after, at=at)
    except asyncpg.UniqueViolationError as error:
        raise Duplicate("order", after.channel_number or "") from error
    buyer = rules.customer_key(after)
    if buyer is not None and buyer != rules.customer_key(before):
        await _save_customer(tx, caller, id, after, buyer, at)
    await _save_mine(tx, caller, id, before, after, exclusive=exclusive)
    await lines.follow_in_stock(tx, caller, id, before, after, catalogue, guarded=guarded)
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
    saved = dataclasses.replace(record, version=version, changed_at=changed, changed_by=caller.actor, value=after)
    return saved, told


async def hold(tx: Transaction, caller: Caller, id: UUID) -> Record[Order]:
    """The order as it is, and as it stays until this transaction ends."""
    return await store.lock(tx, caller, id)


async def delete(tx: Transaction, caller: Caller, id: UUID) -> None:
    """It stays as a tombstone; what it held in stock, its number at the channel and its remote ids are free."""
    record = await store.lock(tx, caller, id)
    if record.value.reserves_stock:
        await stock.release(tx, caller, id)
    version = await store.mark_deleted(tx, caller, id)
    await connections.forget_record(tx, caller, [id])
    await events.record(
        tx, caller, "order", id,
        version=version, action=Action.DELETED, changes=[Change("", record.value, None)], aspects={"content"},
    )  # fmt: skip


async def _save_customer(
    tx: Transaction, caller: Caller, id: UUID, order: Order, key: str, at: datetime | None
) -> None:
    """Tie the order to the customer that its parties name, a new one if need be."""
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
    await store.set_customer(tx, caller, id, await customers.remember(tx, caller, key, customer, at=at))


async def _save_mine(
    tx: Transaction, caller: Caller, id: UUID, before: Order, after: Order, *, exclusive: bool
) -> None:
    """What only the calling connection sees: its own id for the order, and whether it has taken it."""
    if before.remote_id != after.remote_id:
        await connections.set_remote_id(tx, caller, "order", id, after.remote_id, exclusive=exclusive)
    if before.is_acknowledged != after.is_acknowledged:
        await connections.acknowledge(tx, caller, "order", id, after.is_acknowledged)
