"""How far an order is paid. No database."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from plughub.core import codes
from plughub.core.finance.model import EventType, Payment, PaymentEvent, PaymentStatus
from plughub.core.money import Money
from plughub.core.orders import PaymentState
from plughub.core.record import Record

_T = EventType

#: What a payment that tells no more than its state has been through.
_BEHIND = {
    PaymentStatus.AUTHORIZED: (_T.AUTHORIZATION,),
    PaymentStatus.CAPTURED: (_T.CAPTURE,),
    PaymentStatus.REFUNDED: (_T.CAPTURE, _T.REFUND),
    PaymentStatus.CANCELLED: (),
}


class Move(NamedTuple):
    """Money that was promised, taken, given back or let go. Its type says which way: amounts have no sign."""

    type: EventType
    amount: Decimal
    currency: str
    at: datetime | None


def moves(noun: Payment | PaymentEvent | None) -> tuple[Move, ...]:
    """What a payment or an event says of money; nothing where its type or its amount is not told."""
    match noun:
        case PaymentEvent(type=EventType() as type, amount=Money() as amount):
            return (_move(type, amount, noun.happened_at),)
        case Payment(status=PaymentStatus() as status, amount=Money() as amount):
            return tuple(_move(type, amount, noun.paid_at) for type in _BEHIND[status])
    return ()


def payment_state(total: Decimal, currency: str, records: Iterable[Record[Payment | PaymentEvent]]) -> PaymentState:
    """Of an order with this total. Events go before payments: a payment is what they happened to.

    What was taken goes before what was promised, what was given back before both. A chargeback is money given back.
    One smallest unit of the currency less than the total is all of it: who takes the money rounds taxes in its own way.
    """
    owed = total - Decimal(1).scaleb(-codes.minor_digits(currency))
    told = sorted(
        ((isinstance(record.value, PaymentEvent), move, move.at or record.created_at)
        for record in records for move in moves(record.value) if move.currency == currency),
        key=lambda each: each[2],
    )  # fmt: skip
    has_events = any(is_event for is_event, _, _ in told)
    sums = _sums(move for is_event, move, _ in told if is_event is has_events)
    if sums.returned:
        # Where nobody told what was taken, all of it was.
        whole = sums.taken or owed
        return PaymentState.REFUNDED if sums.returned >= whole else PaymentState.PARTLY_REFUNDED
    if sums.taken:
        return PaymentState.PAID if sums.taken >= owed else PaymentState.PARTLY_PAID
    return PaymentState.AUTHORIZED if sums.promised else PaymentState.UNPAID


class _Sums(NamedTuple):
    promised: Decimal
    taken: Decimal
    returned: Decimal


def _sums(moves: Iterable[Move]) -> _Sums:
    promised = taken = returned = Decimal(0)
    for move in moves:
        match move.type:
            case EventType.AUTHORIZATION:
                promised += move.amount
            case EventType.CAPTURE:
                taken += move.amount
            case EventType.REFUND | EventType.CHARGEBACK:
                returned += move.amount
            case EventType.CANCEL:
                # One that names no amount lets go of everything.
                promised = max(Decimal(0), promised - move.amount) if move.amount else Decimal(0)
    return _Sums(promised, taken, returned)


def _move(type: EventType, amount: Money, at: datetime | None) -> Move:
    return Move(type, abs(amount.amount), amount.currency, at)
