"""Payments and what happened to them, and the order that shows both and moves with them."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from plughub.core import orders, patch, registry
from plughub.core.caller import Caller
from plughub.core.errors import NotFound, OtherCurrency
from plughub.core.finance import rules
from plughub.core.finance.model import Payment, PaymentEvent
from plughub.core.hub import Transaction
from plughub.core.orders import Order
from plughub.core.patch import Change, Patch
from plughub.core.record import Record
from plughub.core.registry import Kind

#: Either of them.
Paid = Payment | PaymentEvent


async def of_orders(tx: Transaction, caller: Caller, ids: Sequence[UUID]) -> dict[UUID, list[Record[Paid]]]:
    """Payments and events by their order, oldest first, in one statement."""
    return await registry.owned(tx, caller, (PAYMENT, PAYMENT_EVENT), ids)


async def _follow(
    name: str, tx: Transaction, caller: Caller, id: UUID, before: Paid | None, after: Paid | None
) -> None:
    """The orders that it was or is of show it, and are as much paid as all their payments now say."""
    # In one order everywhere, so that two changes of the same orders cannot block each other.
    for order in sorted({noun.order for noun in (before, after) if noun is not None and noun.order is not None}):
        was, now = (noun if noun is not None and noun.order == order else None for noun in (before, after))
        path = f"{name}[{id.hex}]"
        also = patch.diff(was, now, path) if was is not None and now is not None else [Change(path, was, now)]
        try:
            changes = await _state(tx, caller, order, was, now)
            await orders.change(tx, caller, order, changes, also=also)
        except NotFound:
            # The order was deleted: nobody looks at it any more.
            continue


async def _state(tx: Transaction, caller: Caller, id: UUID, was: Paid | None, now: Paid | None) -> Patch:
    """What follows for the order's payment state. What somebody set by hand stays until money moves."""
    if rules.moves(was) == rules.moves(now):
        return {}
    # Locked before the others are read: of two at once the later one counts both.
    order = (await orders.hold(tx, caller, id)).value
    _check_currency(order, now)
    known = (await of_orders(tx, caller, [id])).get(id, [])
    return {"payment_status": rules.payment_state(_owed(order), order.currency, known)}


def _check_currency(order: Order, now: Paid | None) -> None:
    for move in rules.moves(now):
        if move.currency != order.currency:
            raise OtherCurrency("amount.currency", f"must be {order.currency}, the order's")


def _owed(order: Order) -> Decimal:
    return order.total if order.total is not None else orders.recomputed_total(order)


async def _payment(tx: Transaction, caller: Caller, id: UUID, before: Payment | None, after: Payment | None) -> None:
    await _follow("payments", tx, caller, id, before, after)


async def _event(
    tx: Transaction, caller: Caller, id: UUID, before: PaymentEvent | None, after: PaymentEvent | None
) -> None:
    await _follow("payment_events", tx, caller, id, before, after)


PAYMENT = Kind(name="payment", noun=Payment, owner=lambda noun: noun.order, follow=_payment)
PAYMENT_EVENT = Kind(name="payment_event", noun=PaymentEvent, owner=lambda noun: noun.order, follow=_event)
