"""Shipments as orders show them (specification 14.4); their own routes are in `shipment_routes.py`."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from plughub.core import patch
from plughub.core.errors import Invalid
from plughub.core.orders import Order, OrderLine, Shipment, shipping
from plughub.core.orders.shipping import Extent
from plughub.core.patch import Merge, Patch, Replace
from plughub.dialects.plugboard import bodies, custom
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import LOCAL_ID, MOMENT, NUM, TEXT, Shown, Text
from plughub.web.wire import Field, Shape

_ITEM = Shape(Field("orderRowId", "line", LOCAL_ID), Field("sku", "sku", TEXT), Field("qty", "quantity", NUM))
SHIPMENT = Shape(
    Field("localId", "id", LOCAL_ID, is_writable=False),
    Field("remoteId", "external", Text(500)),
    Field("shippedDate", "shipped_at", MOMENT),
    Field("forwarderCode", "carrier_code", TEXT),
    Field("trackingNumber", "track_code", TEXT),
    Field("trackingUrl", "track_url", TEXT),
    Field("rows", "", Shown({"type": ["array", "null"], "items": _ITEM.schema()}), about="none: the whole order"),
    Field("customData", "", Shown(custom.SCHEMA)),
)
SCHEMA = {"type": ["array", "null"], "items": SHIPMENT.schema()}
_NOBODY = UUID(int=0)
_WORDS = {Extent.NONE: None, Extent.PART: "partly-shipped", Extent.ALL: "shipped"}


def of_order(fresh: Mapping[str, Any], before: Order, changes: Patch, connections: Collection[str]) -> Patch:
    """The patch of an order's shipments and, unless the request says it, of how far it is sent."""
    found: Patch = {}
    if "shipments" in fresh:
        after = patch.apply(before, changes)
        try:
            found["shipments"] = _whole_list(fresh["shipments"], before, after, connections)
        except Invalid as error:
            raise error.within("shipments") from error
    elif not (before.shipments and "lines" in changes):
        return {}
    return found if "shippingStatus" in fresh else found | followed(before, {**changes, **found})


def followed(before: Order, changes: Patch) -> Patch:
    """What the shipped quantities say of the order; without any, its status says it."""
    return {"shipping_status": _WORDS[shipping.extent(patch.apply(before, changes))]}


def one(body: Mapping[str, Any], stored: Shipment | None, order: Order, connections: Collection[str]) -> Patch:
    """The patch of one shipment, beside the order's others."""
    others = [shipment for shipment in order.shipments if stored is None or shipment.id != stored.id]
    taken = shipping.quantities(order, others)
    return _read(body, stored, order, taken, {line.id for line in order.lines}, connections)


def write(shipment: Shipment) -> dict[str, Any]:
    told: dict[str, Any] = dict.fromkeys(SHIPMENT.fields)
    told |= SHIPMENT.write(shipment)
    told["rows"] = [_ITEM.write(item) for item in shipment.items]
    told["customData"] = custom.write(shipment.custom)
    return told


def _whole_list(value: Any, before: Order, after: Order, connections: Collection[str]) -> Merge | None:
    if value is None:
        return None
    bodies.elements(value, "")
    stored = {shipment.id: shipment for shipment in before.shipments}
    lasting = {line.id for line in before.lines}
    taken: dict[UUID, Decimal] = {}
    found = []
    for at, body in enumerate(value):
        try:
            # Named a second time it would be one element of two.
            known = stored.pop(_id(body), None)
            found.append(_read(body, known, after, taken, lasting, connections))
        except Invalid as error:
            raise error.within(f"[{at}]") from error
    return Merge(found, whole=True)


def _id(body: Any) -> UUID:
    told: UUID | None = None
    if isinstance(body, Mapping):
        told = SHIPMENT.value(SHIPMENT.fields["localId"], body.get("localId"))
    return told or _NOBODY


def _read(
    body: Any,
    stored: Shipment | None,
    order: Order,
    taken: dict[UUID, Decimal],
    lasting: Collection[UUID],
    connections: Collection[str],
) -> Patch:
    """`taken` is what other shipments hold of each line, and afterwards this one, too."""
    if not isinstance(body, Mapping):
        raise Bad("", "must be an object", "FieldType", body)
    shown = write(stored) if stored else {}
    fresh = bodies.unlike(body, shown)
    changes, _ = SHIPMENT.read(fresh)
    if "customData" in fresh:
        changes["custom"] = custom.read(fresh["customData"], stored.custom if stored else {}, connections)
    if "rows" in fresh:
        changes["items"] = Replace(_items(fresh["rows"], order, taken, lasting))
    elif stored is not None:
        for line, quantity in shipping.quantities(order, [stored]).items():
            taken[line] = taken.get(line, Decimal(0)) + quantity
    return changes if stored is None else {"id": stored.id, **changes}


def _items(value: Any, order: Order, taken: dict[UUID, Decimal], lasting: Collection[UUID]) -> list[Patch]:
    if value is None:
        return []
    bodies.elements(value, "rows")
    items = []
    for at, row in enumerate(value):
        try:
            items.append(_item(row, order, taken, lasting))
        except Invalid as error:
            raise error.within(f"rows[{at}]") from error
    return items


def _item(row: Any, order: Order, taken: dict[UUID, Decimal], lasting: Collection[UUID]) -> Patch:
    if not isinstance(row, Mapping):
        raise Bad("", "must be an object", "FieldType", row)
    told, _ = _ITEM.read(row)
    line = _line(told, order)
    quantity = told.get("quantity")
    if quantity is None:
        raise Bad("qty", "is required", "FieldRequired")
    left = line.quantity - taken.get(line.id, Decimal(0))
    if not 0 < quantity <= left:
        raise Bad("qty", f"must be more than 0 and at most {left:f}, what is not sent yet", "FieldRange", row["qty"])
    taken[line.id] = taken.get(line.id, Decimal(0)) + quantity
    # A line that this request makes has no lasting id yet: its SKU stands for it.
    return {"line": line.id if line.id in lasting else None, "sku": line.sku, "quantity": quantity}


def _line(told: Patch, order: Order) -> OrderLine:
    lines = shipping.goods(order)
    if told.get("line") is not None:
        field, value = "orderRowId", told["line"].hex
        meant = [line for line in lines if line.id == told["line"]]
    else:
        field, value = "sku", told.get("sku")
        meant = [line for line in lines if value and line.sku == value]
    if len(meant) != 1:
        reason = "is that of several rows: name one by orderRowId" if meant else "names no product row of the order"
        raise Bad(field, reason, "ReferenceUnknown", value)
    return meant[0]
