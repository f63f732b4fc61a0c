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
            # Locked before the others are read: of two at once the later one counts both.
            held = (await orders.hold(tx, caller, order)).value
        except NotFound:
            # The order was deleted: nobody looks at it any more.
            continue
        _check_currency(held, was, now)
        changes = {} if rules.moves(was) == rules.moves(now) else await _state(tx, caller, order, held)
        await orders.change(tx, caller, order, changes, also=also)


async def _state(tx: Transaction, caller: Caller, id: UUID, order: Order) -> Patch:
    """The order's payment state, where money has moved; what somebody set by hand stays until then."""
    known = (await of_orders(tx, caller, [id])).get(id, [])
    return {"payment_status": rules.payment_state(_owed(order), order.currency, known)}


def _check_currency(order: Order, was: Paid | None, now: Paid | None) -> None:
    if now is None or now.amount is None or (was is not None and was.amount == now.amount):
        return
    if now.amount.currency != order.currency:
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
