"""How much of an order has been sent."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from plughub.core.orders.model import LineKind, Order, OrderLine, Shipment, ShippedItem


class Extent(StrEnum):
    NONE = "none"
    PART = "part"
    ALL = "all"


def goods(order: Order) -> list[OrderLine]:
    """The lines that can be sent."""
    return [line for line in order.lines if line.kind is LineKind.PRODUCT]


def quantities(order: Order, shipments: Sequence[Shipment]) -> dict[UUID, Decimal]:
    """What these shipments hold of each line. One that names no goods holds all; one that was canceled nothing."""
    found: dict[UUID, Decimal] = {}
    lines = goods(order)
    by_id = {line.id: line for line in lines}
    for shipment in shipments:
        if shipment.canceled_at is not None:
            continue
        for line in () if shipment.items else lines:
            found[line.id] = found.get(line.id, Decimal(0)) + line.quantity
        for item in shipment.items:
            meant = _line(item, lines, by_id)
            if meant is not None:
                found[meant.id] = found.get(meant.id, Decimal(0)) + item.quantity
    return found


def extent(order: Order) -> Extent:
    """Of the goods that were ordered."""
    if not any(shipment.canceled_at is None for shipment in order.shipments):
        return Extent.NONE
    sent = quantities(order, order.shipments)
    if all(sent.get(line.id, Decimal(0)) >= line.quantity for line in goods(order)):
        return Extent.ALL
    return Extent.PART if any(sent.values()) else Extent.NONE


def _line(item: ShippedItem, lines: Sequence[OrderLine], by_id: Mapping[UUID, OrderLine]) -> OrderLine | None:
    if item.line is not None and item.line in by_id:
        return by_id[item.line]
    return next((line for line in lines if item.sku and line.sku == item.sku), None)
