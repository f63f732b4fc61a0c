"""Shipments of an order (specification 14.4)."""

from typing import Any

from plughub.core.orders import Order, Shipment
from plughub.core.patch import Patch
from plughub.dialects.plugboard.amounts import Amounts

SCHEMA = {"type": "array", "items": {"type": "object"}}


def of_order(fresh: dict[str, Any], before: Order, changes: Patch, amounts: Amounts) -> Patch:
    return {}


def write(shipment: Shipment) -> dict[str, Any]:
    return {"localId": shipment.id.hex}
