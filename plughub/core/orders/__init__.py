"""Orders: what was sold, to whom, how it was paid and how it travels."""

from plughub.core.orders import shipping, taxes
from plughub.core.orders.commands import change, delete, hold, place
from plughub.core.orders.figures import Day, days, late_count
from plughub.core.orders.lines import tied
from plughub.core.orders.model import (
    Address,
    Commission,
    Document,
    Invoice,
    Issue,
    Label,
    LineKind,
    LineVariant,
    Order,
    OrderLine,
    OrderStatus,
    Party,
    Payment,
    PaymentState,
    Shipment,
    ShippedItem,
)
from plughub.core.orders.queries import by_channel_number, by_id, by_ids, heads, listing, source
from plughub.core.orders.rules import MayMove, anywhere, has_invoice, net, noted, recomputed_total
from plughub.core.orders.words import Words

__all__ = [
    "Address",
    "Commission",
    "Day",
    "Document",
    "Invoice",
    "Issue",
    "Label",
    "LineKind",
    "LineVariant",
    "MayMove",
    "Order",
    "OrderLine",
    "OrderStatus",
    "Party",
    "Payment",
    "PaymentState",
    "Shipment",
    "ShippedItem",
    "Words",
    "anywhere",
    "by_channel_number",
    "by_id",
    "by_ids",
    "change",
    "days",
    "delete",
    "has_invoice",
    "heads",
    "hold",
    "late_count",
    "listing",
    "net",
    "noted",
    "place",
    "recomputed_total",
    "shipping",
    "source",
    "taxes",
    "tied",
]
