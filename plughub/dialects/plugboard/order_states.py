"""The words of this wire for the state of an order, of its payment and of its way (specification 14.1)."""

from plughub.core.orders import OrderStatus, PaymentState, Words

_S = OrderStatus

#: `processing` says that the order was approved; `completed` that the goods have left, not that they arrived.
TO_CORE = {
    "new": _S.PENDING,
    "pending-payment": _S.PENDING,
    "processing": _S.PAID,
    "on-hold": _S.ON_HOLD,
    "completed": _S.SHIPPED,
    "cancelled": _S.CANCELED,
}
_AWAITED = "pending-payment"
_GONE = {_S.SHIPPED, _S.PARTLY_DELIVERED, _S.DELIVERED}
_OPEN = {_S.PENDING, _S.ON_HOLD, _S.CANCELED}


def _order(status: OrderStatus) -> str:
    if status in _GONE:
        return "completed"
    named = {_S.PENDING: "new", _S.PARTLY_PAID: _AWAITED, _S.ON_HOLD: "on-hold", _S.CANCELED: "cancelled"}
    return named.get(status, "processing")


def _payment(status: OrderStatus) -> str:
    if status in _OPEN:
        return "unpaid"
    return "partly-paid" if status is _S.PARTLY_PAID else "paid"


def _shipping(status: OrderStatus) -> str:
    if status in _GONE:
        return "shipped"
    return "partly-shipped" if status is _S.PARTLY_SHIPPED else "not-shipped"


ORDER = Words(
    by_status={status: _order(status) for status in _S},
    field="sub_status",
    members=(_AWAITED,),
    within=frozenset({_S.PENDING}),
)
PAYMENT = Words(
    by_status={status: _payment(status) for status in _S},
    field="payment_status",
    members=tuple(PaymentState),
)
SHIPPING = Words(
    by_status={status: _shipping(status) for status in _S},
    field="shipping_status",
    members=("not-shipped", "partly-shipped", "shipped", "returned"),
)


def moved(word: str, sub_status: str | None) -> dict[str, str | None]:
    """The patch that gives an order this state; other wires' words below the status stay."""
    patch: dict[str, str | None] = {"status": TO_CORE[word]}
    if word == _AWAITED:
        patch["sub_status"] = _AWAITED
    elif sub_status == _AWAITED:
        patch["sub_status"] = None
    return patch
