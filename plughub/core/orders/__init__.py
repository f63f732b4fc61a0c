"""Orders: what was sold, to whom, how it was paid and how it travels."""

from plughub.core.orders.commands import change, place
from plughub.core.orders.model import (
    Address,
    Commission,
    Document,
    Invoice,
    Issue,
    Label,
    LineVariant,
    Order,
    OrderLine,
    OrderStatus,
    Party,
    Payment,
    Shipment,
    ShippedItem,
)
from plughub.core.orders.queries import by_channel_number, by_id, by_ids, heads, listing
from plughub.core.orders.rules import MayMove, anywhere, has_invoice, noted, recomputed_total

__all__ = [
    "Address",
    "Commission",
    "Document",
    "Invoice",
    "Issue",
    "Label",
    "LineVariant",
    "MayMove",
    "Order",
    "OrderLine",
    "OrderStatus",
    "Party",
    "Payment",
    "Shipment",
    "ShippedItem",
    "anywhere",
    "by_channel_number",
    "by_id",
    "by_ids",
    "change",
    "has_invoice",
    "heads",
    "listing",
    "noted",
    "place",
    "recomputed_total",
]
