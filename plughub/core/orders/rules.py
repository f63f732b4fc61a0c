"""What an order may become. No database; the moment comes in as an argument."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from plughub.core import ids, patch
from plughub.core.errors import IllegalTransition, Invalid, Missing
from plughub.core.orders import taxes
from plughub.core.orders.model import LineKind, LogEntry, Order, OrderLine, OrderStatus, Shipment, StatusEntry
from plughub.core.patch import Change
from plughub.core.values import LONGEST_KEY

#: A dialect's own answer to "may this order go there?", asked for every real move.
MayMove = Callable[[Order, OrderStatus], bool]

#: What the shelf has to do with the status: the goods have left, or they are free again.
LEAVES = {OrderStatus.SHIPPED, OrderStatus.DELIVERED}

_NEEDS_INVOICE = {OrderStatus.INVOICED}
_NEEDS_TRACKING = {OrderStatus.DISPATCHED}


def anywhere(order: Order, status: OrderStatus) -> bool:
    """The core's own rule: a hub mirrors other systems and cannot own their process."""
    return True


_S = OrderStatus
_LEAVE = (_S.PARTLY_SHIPPED, _S.SHIPPED, _S.DELIVERED)

#: The hub's own table of usual moves, the likeliest first. Forward over any steps, since not every shop takes all of
#: them (goods on account leave before they are paid); back by one, to mend a slip, as long as nothing has left the
#: shelf; canceled from everywhere and for good. What is on hold also goes back to where it was.
MOVES: dict[OrderStatus, tuple[OrderStatus, ...]] = {
    _S.PENDING: (
        _S.PAID, _S.PARTLY_PAID, _S.AWAITING_INVOICE, _S.INVOICED, _S.PARTLY_INVOICED, _S.DISPATCHED, *_LEAVE,
        _S.ON_HOLD, _S.CANCELED,
    ),
    _S.PARTLY_PAID: (
        _S.PAID, _S.AWAITING_INVOICE, _S.INVOICED, _S.PARTLY_INVOICED, _S.DISPATCHED, *_LEAVE,
        _S.PENDING, _S.ON_HOLD, _S.CANCELED,
    ),
    _S.PAID: (
        _S.INVOICED, _S.AWAITING_INVOICE, _S.PARTLY_INVOICED, _S.DISPATCHED, *_LEAVE,
        _S.PARTLY_PAID, _S.PENDING, _S.ON_HOLD, _S.CANCELED,
    ),
    _S.AWAITING_INVOICE: (
        _S.INVOICED, _S.PARTLY_INVOICED, _S.INVOICE_FAILED, _S.DISPATCHED, *_LEAVE,
        _S.PAID, _S.ON_HOLD, _S.CANCELED,
    ),
    _S.INVOICE_FAILED: (
        _S.INVOICED, _S.AWAITING_INVOICE, _S.PARTLY_INVOICED, _S.DISPATCHED, *_LEAVE,
        _S.PAID, _S.ON_HOLD, _S.CANCELED,
    ),
    _S.PARTLY_INVOICED: (
        _S.INVOICED, _S.INVOICE_FAILED, _S.DISPATCHED, *_LEAVE,
        _S.AWAITING_INVOICE, _S.PAID, _S.ON_HOLD, _S.CANCELED,
    ),
    _S.INVOICED: (
        _S.DISPATCHED, *_LEAVE,
        _S.PARTLY_INVOICED, _S.INVOICE_FAILED, _S.AWAITING_INVOICE, _S.PAID, _S.ON_HOLD, _S.CANCELED,
    ),
    _S.DISPATCHED: (
        _S.SHIPPED, _S.PARTLY_SHIPPED, _S.DISPATCH_FAILED, _S.DELIVERED, _S.PARTLY_DELIVERED, _S.INVOICED, _S.CANCELED,
    ),
    _S.DISPATCH_FAILED: (
        _S.DISPATCHED, _S.SHIPPED, _S.PARTLY_SHIPPED, _S.DELIVERED, _S.PARTLY_DELIVERED, _S.INVOICED, _S.CANCELED,
    ),
    _S.PARTLY_SHIPPED: (_S.SHIPPED, _S.PARTLY_DELIVERED, _S.DELIVERED, _S.CANCELED),
    _S.SHIPPED: (_S.DELIVERED, _S.PARTLY_DELIVERED, _S.CANCELED),
    _S.PARTLY_DELIVERED: (_S.DELIVERED, _S.CANCELED),
    _S.DELIVERED: (_S.CANCELED,),
    _S.ON_HOLD: (_S.PAID, _S.CANCELED),
    _S.CANCELED: (),
}  # fmt: skip


def next_moves(order: Order) -> tuple[OrderStatus, ...]:
    """Where the order usually goes from here, the likeliest first."""
    if order.status is not OrderStatus.ON_HOLD:
        return MOVES[order.status]
    held = order.held_from or OrderStatus.PENDING
    return tuple(dict.fromkeys((held, *MOVES[OrderStatus.ON_HOLD])))


def as_usual(order: Order, status: OrderStatus) -> bool:
    """For people, who can ask for any move by mistake."""
    return status in next_moves(order)


def recomputed_total(order: Order) -> Decimal:
    """Lines and their taxes + shipping - discount; kept beside the total that was told."""
    lines = sum((line_total(line.price, line.quantity, line.total) for line in order.lines), Decimal(0))
    return lines + taxes.total(order.lines, order.currency) + (order.shipping or 0) - (order.discount or 0)


def net(order: Order) -> Decimal:
    """Everything without taxes: the lines, and what is told of the whole order."""
    return taxes.net(order.lines) + (order.shipping or 0) - (order.discount or 0)


def line_total(price: Decimal | None, quantity: Decimal, total: Decimal | None) -> Decimal:
    return total if total is not None else (price or Decimal(0)) * quantity


def completed(order: Order) -> Order:
    """Totals that were not told are computed: the lines', and the order's from them."""
    lines = tuple(
        line if line.total is not None or line.price is None else replace(line, total=line.price * line.quantity)
        for line in order.lines
    )
    lines = tuple(line if line.original_sku is not None else replace(line, original_sku=line.sku) for line in lines)
    order = replace(order, lines=lines)
    return order if order.total is not None else replace(order, total=recomputed_total(order))


def check(order: Order) -> None:
    if not order.currency:
        raise Missing("currency", "is required")
    keys = {"channel": order.channel, "channel_number": order.channel_number, "remote_id": order.remote_id}
    for field, key in keys.items():
        if key and len(key) > LONGEST_KEY:
            raise Invalid(field, f"must have at most {LONGEST_KEY} characters")


def move(
    before: Order | None,
    after: Order,
    *,
    at: datetime,
    actor: str,
    may_move: MayMove,
    message: str | None = None,
) -> Order:
    """The order with its status move in the history, or a refusal. The same status again is no move."""
    if before is not None and before.status == after.status:
        return after
    if before is not None and not may_move(before, after.status):
        raise IllegalTransition(before.status, after.status)
    entry = StatusEntry(id=ids.new(), status=after.status, at=at, actor=actor, message=message)
    held_from = None
    if after.status is OrderStatus.ON_HOLD:
        held_from = before.status if before else OrderStatus.PENDING
    after = replace(after, status_history=(*after.status_history, entry), held_from=held_from)
    note = _not_forwarded(after) if before is not None else None
    return after if note is None else noted(after, [note], at)


def noted(order: Order, messages: Sequence[str], at: datetime) -> Order:
    """The order with these messages in its log."""
    fresh = (LogEntry(id=ids.new(), at=at, message=message) for message in messages)
    return replace(order, log=(*order.log, *fresh)) if messages else order


def _not_forwarded(order: Order) -> str | None:
    """Why the channel is not told of a move: it asks for data that the order does not have."""
    if order.status in _NEEDS_INVOICE and not any(has_invoice(s) for s in order.shipments):
        return "channel not told: no shipment has invoice data"
    if order.status in _NEEDS_TRACKING and not any(s.track_code or s.track_url for s in order.shipments):
        return "channel not told: no shipment has tracking data"
    if order.status is OrderStatus.CANCELED:
        return "channel not told: it offers no cancellation"
    return None


def has_invoice(shipment: Shipment) -> bool:
    return bool(shipment.invoice.key or shipment.invoice.number)


def is_known(change: Change) -> bool:
    """Whether a change is of a field that the hub knows, and not only of what a dialect keeps for its clients."""
    return "extensions" not in patch.names(change.field)


def customer_key(order: Order) -> str | None:
    """What makes the payers of two orders the same customer: a tax number's digits, else the e-mail address."""
    for party in (order.payer, order.receiver):
        for tax_id in (party.company_tax_id, party.person_tax_id):
            digits = "".join(c for c in tax_id or "" if c.isdigit())
            if digits.strip("0") and len(digits) <= LONGEST_KEY:
                return f"tax:{digits}"
        if party.email and "@" in party.email and len(party.email) <= LONGEST_KEY:
            return f"mail:{party.email.strip().lower()}"
    return None


def skus(lines: Iterable[OrderLine]) -> Sequence[str]:
    """Every SKU by which a line may be found in the catalogue, the variant's own first."""
    goods = (line for line in lines if line.kind is LineKind.PRODUCT)
    found = [sku for line in goods for sku in (line.variant.sku, line.sku) if sku]
    return list(dict.fromkeys(found))
