"""The fifteen order states of this wire and the moves it allows (specification 7)."""

from plughub.core.orders import Order, OrderStatus

TO_CORE = {
    "pending": OrderStatus.PENDING,
    "partial_payment": OrderStatus.PARTLY_PAID,
    "approved": OrderStatus.PAID,
    "waiting_invoice": OrderStatus.AWAITING_INVOICE,
    "invoice_error": OrderStatus.INVOICE_FAILED,
    "partial_invoiced": OrderStatus.PARTLY_INVOICED,
    "invoiced": OrderStatus.INVOICED,
    "shipping_informed": OrderStatus.DISPATCHED,
    "shipping_error": OrderStatus.DISPATCH_FAILED,
    "partial_shipped": OrderStatus.PARTLY_SHIPPED,
    "shipped": OrderStatus.SHIPPED,
    "partial_delivered": OrderStatus.PARTLY_DELIVERED,
    "delivered": OrderStatus.DELIVERED,
    "under_review": OrderStatus.ON_HOLD,
    "canceled": OrderStatus.CANCELED,
}
FROM_CORE = {status: name for name, status in TO_CORE.items()}

#: What old clients still send (C).
ALIASES = {"paid": "approved", "refunded": "canceled"}

_RANK = {
    OrderStatus.PENDING: 10,
    OrderStatus.PARTLY_PAID: 20,
    OrderStatus.PAID: 30,
    OrderStatus.AWAITING_INVOICE: 40,
    OrderStatus.INVOICE_FAILED: 40,
    OrderStatus.PARTLY_INVOICED: 45,
    OrderStatus.INVOICED: 50,
    OrderStatus.DISPATCHED: 60,
    OrderStatus.DISPATCH_FAILED: 60,
    OrderStatus.PARTLY_SHIPPED: 65,
    OrderStatus.SHIPPED: 70,
    OrderStatus.PARTLY_DELIVERED: 80,
    OrderStatus.DELIVERED: 90,
}
_LAST_RANK_TO_HOLD = 50


def may_move(order: Order, to: OrderStatus) -> bool:
    """No move to a lower rank; canceled from everywhere and for good; a hold ends where it began or further on."""
    at = order.status
    if at is OrderStatus.CANCELED:
        return False
    if to is OrderStatus.CANCELED:
        return True
    if to is OrderStatus.ON_HOLD:
        return _RANK[at] <= _LAST_RANK_TO_HOLD
    if at is OrderStatus.ON_HOLD:
        held = order.held_from or OrderStatus.PENDING
        return to in (OrderStatus.PAID, held) or _RANK[to] > _RANK[held]
    return _RANK[to] >= _RANK[at]
