"""Orders (specification 14): fields, states, addresses and sums; rows and shipments have files of their own."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from plughub.core import ids, orders, patch
from plughub.core.caller import Caller
from plughub.core.errors import Invalid
from plughub.core.hub import Transaction
from plughub.core.listing import Source
from plughub.core.orders import Order, PaymentState, taxes
from plughub.core.patch import Patch
from plughub.core.record import Record
from plughub.dialects.plugboard import (
    addresses,
    bodies,
    custom,
    order_money,
    order_rows,
    order_states,
    shipments,
    sums,
    tax_items,
)
from plughub.dialects.plugboard.amounts import Amounts
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import (
    CURRENCY,
    LANGUAGE,
    LONG_TEXT,
    MOMENT,
    TEXT,
    Choice,
    Shown,
    Text,
    write_moment,
)
from plughub.dialects.plugboard.money import MONEY
from plughub.dialects.plugboard.query import Column
from plughub.dialects.plugboard.resource import Body, Resource
from plughub.dialects.plugboard.scene import Scene, remote_id, required
from plughub.web.wire import Field, Shape

_STATES = {
    "orderStatus": order_states.ORDER,
    "paymentStatus": order_states.PAYMENT,
    "shippingStatus": order_states.SHIPPING,
}
_NUMBER = Text(500)

ORDER = Shape(
    Field("remoteOrderNo", "", _NUMBER, about="the calling connection's number for people"),
    Field("orderNo", "", TEXT, is_writable=False),
    Field("orderType", "kind", Choice(("sales", "return", "subscription"))),
    Field("orderStatus", "", Choice(tuple(order_states.TO_CORE))),
    Field("shippingStatus", "shipping_status", Choice(order_states.SHIPPING.members)),
    Field("paymentStatus", "payment_status", Choice(order_states.PAYMENT.members)),
    Field("orderDate", "placed_at", MOMENT),
    Field("customerType", "customer_kind", Choice(("company", "person"))),
    Field("currency", "currency", CURRENCY),
    Field("totalSumExclVat", "", MONEY),
    Field("totalVat", "", MONEY),
    Field("totalTaxes", "", Shown(tax_items.SCHEMA), is_writable=False),
    Field("billingAddress", "", Shown(addresses.SCHEMA)),
    Field("shippingAddress", "", Shown(addresses.SCHEMA)),
    Field("customerNo", "customer_number", TEXT),
    Field("customerEmail", "customer_email", TEXT),
    Field("customerLanguage", "customer_language", LANGUAGE),
    Field("comment", "comment", LONG_TEXT),
    Field("forwarderCode", "carrier_code", TEXT),
    Field("forwarderName", "carrier", TEXT),
    Field("paymentMethod", "", Shown({"type": ["object", "string", "null"]}), about="its code, or {code}"),
    Field("orderRows", "", Shown(order_rows.SCHEMA)),
    Field("shipments", "", Shown(shipments.SCHEMA)),
    Field("payments", "", Shown(order_money.FIELDS["payments"]), is_writable=False),
    Field("paymentTransactionEvents", "", Shown(order_money.FIELDS["paymentTransactionEvents"]), is_writable=False),
)


# --- reading --------------------------------------------------------------------------------------------------


def to_core(scene: Scene, body: Body, held: Record[Order] | None) -> Patch:
    """A patch of the order. What is sent as it is shown changes nothing."""
    before = held.value if held else None
    fresh = body if held is None else bodies.unlike(body, write(scene, held))
    required(fresh, "currency", is_new=held is None)
    changes, _ = ORDER.read(fresh)
    amounts = Amounts(sums.currency(fresh, before, "orderRows"), scene.connection_ids)
    changes |= {**remote_id(fresh), **scene.source_code(body, before.source if before else None)}
    changes |= _number(scene, fresh, before)
    changes |= _states(fresh, before)
    changes |= _parts(fresh, before or Order(), amounts)
    if "customData" in fresh:
        changes["custom"] = custom.read(fresh["customData"], before.custom if before else {}, scene.connection_ids)
    changes |= sums.told(fresh, amounts)
    return changes | _summed(before or Order(), changes, sums.is_recomputed(scene, body, fresh, "orderRows"))


def _number(scene: Scene, fresh: Body, before: Order | None) -> Patch:
    """The number for people: the order's own at its source, every other connection's beside it."""
    if "remoteOrderNo" not in fresh:
        return {}
    number = ORDER.value(ORDER.fields["remoteOrderNo"], fresh["remoteOrderNo"])
    mine = scene.caller.connection
    if before is None or before.source.connection == mine or mine is None:
        return {"channel_number": number}
    return {"numbers": {mine.hex: number}}


def _states(fresh: Body, before: Order | None) -> Patch:
    changes: Patch = {}
    if "orderStatus" in fresh:
        word = ORDER.value(ORDER.fields["orderStatus"], fresh["orderStatus"]) or "new"
        changes |= order_states.moved(word, before.sub_status if before else None)
    if before is None and fresh.get("paymentStatus") is None:
        # Else it would follow from the order's status, and this wire keeps them apart.
        changes["payment_status"] = PaymentState.UNPAID
    return changes


def _parts(fresh: Body, before: Order, amounts: Amounts) -> Patch:
    readers: dict[str, tuple[str, Any]] = {
        "paymentMethod": ("payment_method", _method),
        "orderRows": ("lines", lambda value: order_rows.read(value, before, amounts)),
    }
    changes = addresses.read_both(fresh, before)
    for name, (core, read) in readers.items():
        if name in fresh:
            try:
                changes[core] = read(fresh[name])
            except Invalid as error:
                raise error.within(name) from error
    return changes | shipments.of_order(fresh, before, changes, amounts.connections)


def _method(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return None if value is None else TEXT.read(value)
    if value.get("code") is None:
        raise Bad("code", "is required", "ReferenceUnknown", value.get("localId") or value.get("remoteId"))
    return TEXT.read(value["code"])


def _summed(before: Order, changes: Patch, is_recomputed: bool) -> Patch:
    """The totals that follow: from the rows, or from what was sent."""
    after = patch.apply(before, changes)
    found: Patch = {}
    if is_recomputed:
        found = {"total_net": orders.net(after), "total_tax": taxes.total(after.lines, after.currency)}
    elif not changes.keys() & set(sums.TOTALS.values()):
        return {}
    after = patch.apply(after, found)
    if after.total_net is not None:
        found["total"] = after.total_net + (after.total_tax or 0)
    return found


# --- writing --------------------------------------------------------------------------------------------------


def write(scene: Scene, record: Record[Order]) -> dict[str, Any]:
    order = record.value
    amounts = Amounts(order.currency, (), order.digits)
    # Another wire may have told no more than the whole.
    net = order.total_net if order.total_net is not None else order.total or None
    return {
        **scene.common("order", record, order.source),
        "remoteRefMap": _numbers(order),
        **dict.fromkeys(ORDER.fields),
        **ORDER.write(order),
        **{name: words.of(order) for name, words in _STATES.items()},
        "remoteOrderNo": _my_number(scene, order),
        "orderNo": str(record.number),
        "orderDate": write_moment(order.placed_at or record.created_at),
        **sums.write(order, amounts),
        "totalSumExclVat": amounts.write(net),
        **addresses.write_both(order),
        "paymentMethod": None if order.payment_method is None else {"code": order.payment_method},
        "orderRows": [order_rows.write(line, order.currency) for line in order.lines],
        "shipments": [shipments.write(shipment) for shipment in order.shipments],
        **order_money.write(scene, record),
        "customData": custom.write(order.custom),
    }


def _numbers(order: Order) -> dict[str, Any]:
    found = dict(order.numbers)
    if order.source.connection is not None and order.channel_number is not None:
        found[order.source.connection.hex] = order.channel_number
    return {id: {"connectionId": id, "remoteRef": number} for id, number in found.items()}


def _my_number(scene: Scene, order: Order) -> str | None:
    mine = scene.caller.connection
    return None if mine is None else _numbers(order).get(mine.hex, {}).get("remoteRef")


# --- the resource ---------------------------------------------------------------------------------------------


async def fetch(tx: Transaction, caller: Caller, found: Sequence[UUID]) -> dict[UUID, Record[Order]]:
    return await orders.by_ids(tx, caller, found)


async def create(tx: Transaction, scene: Scene, body: Body) -> UUID:
    record = await orders.place(tx, scene.caller, to_core(scene, body, None), exclusive=True)
    return record.id


async def change(tx: Transaction, scene: Scene, id: UUID, body: Body) -> None:
    held = await orders.hold(tx, scene.caller, id)
    await scene.learn(tx, ("order",), (id,))
    await orders.change(tx, scene.caller, id, to_core(scene, body, held), exclusive=True)


async def delete(tx: Transaction, scene: Scene, id: UUID) -> None:
    await orders.delete(tx, scene.caller, id)


def _source(caller: Caller) -> Source:
    return orders.source(_STATES)


def _columns(caller: Caller) -> dict[str, Column]:
    return {
        **{name: Column(name, "enum") for name in _STATES},
        "orderType": Column("kind", "enum"),
        "customerType": Column("customer_kind", "enum"),
        "remoteOrderNo": Column("remote_number", is_sortable=True),
        "orderDate": Column("placed_at", "datetime", is_sortable=True),
        "currency": Column("currency"),
        "source.connectionId": Column("source_connection", convert=ids.from_hex32),
        "source.code": Column("source_code"),
    }


ORDERS: Resource[Order] = Resource(
    path="order",
    name="Order",
    kinds=("order",),
    source=_source,
    columns=_columns,
    fetch=fetch,
    create=create,
    change=change,
    delete=delete,
    write=write,
    learn=order_money.learn,
    fields={name: ORDER.schema()["properties"][name] for name in ORDER.fields},
)
