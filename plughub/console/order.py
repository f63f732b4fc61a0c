"""One order: everything that belongs to it, where it may go next, and its shipments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from plughub.console import shipment
from plughub.console.orders import buyer, called
from plughub.console.rendering import page, words
from plughub.console.timeline import timeline
from plughub.console.visit import Page, Undo, Visit
from plughub.core import connections, finance, ids, messages, orders
from plughub.core.errors import Invalid, Locked, NotFound
from plughub.core.hub import Transaction
from plughub.core.money import Money
from plughub.core.orders import LineKind, Order, OrderStatus
from plughub.core.patch import REMOVE, Merge
from plughub.core.record import Record
from plughub.core.tenants import Right
from plughub.web import Reply

#: Of the moves that are usual, those that have a button of their own; the others stand in a menu.
_MOST_BUTTONS = 3
_MOST_DIGITS = 18


async def get_order(visit: Visit) -> Reply:
    async with visit.hub.read(visit.tenant.id) as tx:
        id = await _meant(tx, visit)
        if visit.path("order") != id.hex:
            return visit.go(visit.url("orders", id.hex))
        record = await orders.by_id(tx, visit.caller, id)
        known = await connections.connections(tx, visit.tenant.id)
        values: dict[str, Any] = {
            "customer": await orders.customer_of(tx, visit.caller, id),
            "paid": _paid((await finance.of_orders(tx, visit.caller, [id])).get(id, [])),
            "remote_ids": (await connections.remote_ids(tx, visit.tenant.id, ["order"], [id])).get(id, {}),
            "conversations": (await messages.of_order(tx, visit.caller, id)).records,
            "steps": await timeline(tx, visit.tenant.id, "order", id, known),
        }
    order = record.value
    return page(
        visit,
        "order.html",
        record=record,
        order=order,
        connections={connection.id: connection for connection in known},
        moves=orders.next_moves(order),
        most=_MOST_BUTTONS,
        totals=_totals(order),
        buyer=buyer(order),
        called=called,
        **values,
    )


async def post_move(visit: Visit) -> Reply:
    """`status`: where to; `seen`: where the order was when the person decided, if they say so."""
    try:
        to, seen = OrderStatus(visit.form.get("status", "")), visit.form.get("seen", "")
    except ValueError as error:
        raise Invalid("status", f"must be one of {', '.join(OrderStatus)}") from error
    async with visit.hub.change(visit.tenant.id) as tx:
        id = await _meant(tx, visit)
        back = visit.url("orders", id.hex)
        held = await orders.hold(tx, visit.caller, id)
        before = held.value.status
        if before == to:
            return visit.go(back, f"The order is {words(to).lower()} already.")
        if seen and seen != before:
            raise Locked("order", _overtaken(held.value, to))
        changes = {"status": to}
        moved, _ = await orders.change(tx, visit.caller, id, changes, may_move=orders.as_usual)
    undo = Undo(f"{back}/move", {"status": before, "seen": to}) if orders.as_usual(moved.value, before) else None
    return visit.go(back, f"{words(before)} → {words(to).lower()}.", undo=undo)


async def get_shipment(visit: Visit) -> Reply:
    async with visit.hub.read(visit.tenant.id) as tx:
        record = await orders.by_id(tx, visit.caller, await _meant(tx, visit))
    shown = shipment.shown(_shipment(visit, record.value), visit.zone)
    return _form(visit, record, shown, shown)


async def post_shipment(visit: Visit) -> Reply:
    """Only what differs from what the person was shown is changed, so that two people can fill in two fields."""
    async with visit.hub.change(visit.tenant.id) as tx:
        id = await _meant(tx, visit)
        held = await orders.hold(tx, visit.caller, id)
        present = _shipment(visit, held.value)
        stored = shipment.shown(present, visit.zone)
        given, seen = shipment.typed(visit.form, stored), shipment.seen(visit.form, stored)
        overtaken = [
            name for name in given if given[name] != seen[name] and stored[name] not in (seen[name], given[name])
        ]
        if overtaken:
            return _form(visit, held, given, stored, status=409, overtaken=overtaken)
        try:
            changes = shipment.changes({name: text for name, text in given.items() if text != seen[name]}, visit.zone)
        except Invalid as error:
            return _form(visit, held, given, seen, status=400, errors={error.field: error.reason})
        if present is None and not changes:
            nothing = {"track_code": "or something else has to be told of a shipment"}
            return _form(visit, held, given, seen, status=400, errors=nothing)
        element = changes if present is None else {"id": present.id, **changes}
        saved, told = await orders.change(tx, visit.caller, id, {"shipments": Merge([element], known_ids_only=True)})
    there = visit.url("orders", id.hex)
    if not told:
        return visit.go(there, "Nothing changed.")
    if present is None:
        added = saved.value.shipments[-1].id.hex
        return visit.go(there, "The shipment was added.", undo=Undo(f"{there}/shipments/{added}/remove", {}))
    after = next(one for one in saved.value.shipments if one.id == present.id)
    back = shipment.back(shipment.shown(after, visit.zone), stored)
    undo = Undo(f"{there}/shipments/{present.id.hex}", back) if back else None
    return visit.go(there, "The shipment was changed.", undo=undo)


async def post_removal(visit: Visit) -> Reply:
    async with visit.hub.change(visit.tenant.id) as tx:
        id = await _meant(tx, visit)
        present = _shipment(visit, (await orders.hold(tx, visit.caller, id)).value)
        if present is None:
            raise NotFound("shipment", visit.path("shipment"))
        gone = Merge([{"id": present.id, REMOVE: True}], known_ids_only=True)
        await orders.change(tx, visit.caller, id, {"shipments": gone})
    return visit.go(visit.url("orders", id.hex), "The shipment was removed.")


def _form(
    visit: Visit,
    record: Record[Order],
    given: dict[str, str],
    seen: dict[str, str],
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    overtaken: list[str] | None = None,
) -> Reply:
    return page(
        visit,
        "shipment.html",
        status=status,
        record=record,
        is_new=visit.path("shipment") == "new",
        groups=shipment.GROUPS,
        given=given,
        seen=seen,
        errors=errors or {},
        overtaken=overtaken or [],
    )


async def _meant(tx: Transaction, visit: Visit) -> UUID:
    """The order that the address names: by its id, or by the number that people know."""
    text = visit.path("order")
    if id := ids.spelled(text):
        return id
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        found = await orders.by_number(tx, visit.caller, int(text))
        if found is not None:
            return found
    raise NotFound("order", text)


def _shipment(visit: Visit, order: Order) -> orders.Shipment | None:
    """The one that the address names; None: one that is to be added."""
    text = visit.path("shipment")
    if text == "new":
        return None
    found = next((one for one in order.shipments if one.id.hex == text), None)
    if found is None:
        raise NotFound("shipment", text)
    return found


def _overtaken(order: Order, to: OrderStatus) -> str:
    text = f"meanwhile the order became {words(order.status).lower()}"
    if to in orders.next_moves(order):
        return f"{text}: look at it again before you move it to {words(to).lower()}"
    return f"{text}, and from there it cannot become {words(to).lower()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A payment, or something that happened to one."""

    at: datetime
    what: str
    method: str
    amount: Money | None
    transaction: str


def _paid(records: Sequence[Record[finance.Payment | finance.PaymentEvent]]) -> list[Paid]:
    return [_payment(record) for record in records]


def _payment(record: Record[finance.Payment | finance.PaymentEvent]) -> Paid:
    noun = record.value
    if isinstance(noun, finance.Payment):
        at, what, method = noun.paid_at, noun.status or "payment", noun.method.code if noun.method else None
    else:
        at, what, method = noun.happened_at, noun.type or "event", None
    return Paid(
        at=at or record.created_at,
        what=what,
        method=method or "",
        amount=noun.amount,
        transaction=noun.transaction or "",
    )


def _totals(order: Order) -> list[tuple[str, Decimal | None, Decimal | None]]:
    """What, as it was told, and as it follows from the lines; None where nothing is told or follows."""
    lines = sum((orders.line_total(line.price, line.quantity, line.total) for line in order.lines), Decimal(0))
    goods = sum(
        (
            orders.line_total(line.price, line.quantity, line.total)
            for line in order.lines
            if line.kind is LineKind.PRODUCT
        ),
        Decimal(0),
    )
    taxes = orders.taxes.total(order.lines, order.currency)
    rows: list[tuple[str, Decimal | None, Decimal | None]] = [("Lines", order.subtotal, lines)]
    if goods != lines:
        rows.append(("of these goods", None, goods))
    if order.shipping is not None:
        rows.append(("Shipping", order.shipping, order.shipping))
    if order.discount:
        rows.append((order.discount_description or "Discount", -order.discount, -order.discount))
    if taxes or order.total_tax is not None:
        rows.append(("Taxes", order.total_tax, taxes))
    return [*rows, ("Total", order.total, orders.recomputed_total(order))]


PAGES = (
    Page("GET", "/{shop}/orders/{order}", get_order),
    Page("POST", "/{shop}/orders/{order}/move", post_move, Right.ORDERS),
    Page("GET", "/{shop}/orders/{order}/shipments/{shipment}", get_shipment),
    Page("POST", "/{shop}/orders/{order}/shipments/{shipment}", post_shipment, Right.ORDERS),
    Page("POST", "/{shop}/orders/{order}/shipments/{shipment}/remove", post_removal, Right.ORDERS),
)
