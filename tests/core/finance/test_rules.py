"""How far an order is paid, from what happened to its payments."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from plughub.core import ids
from plughub.core.finance import EventType, Payment, PaymentEvent, PaymentStatus, payment_state
from plughub.core.money import Money
from plughub.core.record import Record

START = datetime(2021, 5, 4, tzinfo=UTC)


def record(value, minute=0):
    return Record.new(ids.new(), 1, START + timedelta(minutes=minute), "test", value)


def money(amount, currency="SEK"):
    return Money(currency=currency, amount=Decimal(amount))


def events(told):
    """`capture 40, refund 10` as records in this order."""
    pairs = [one.split() for one in told.split(",")] if told else []
    return [
        record(PaymentEvent(type=EventType(type), amount=money(amount)), minute)
        for minute, (type, amount) in enumerate(pairs)
    ]


def payment(status, amount="100"):
    return record(Payment(status=PaymentStatus(status), amount=money(amount)))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("", "unpaid"),
        ("authorization 100", "authorized"),
        ("authorization 100, cancel 100", "unpaid"),
        ("authorization 100, cancel 40", "authorized"),
        ("authorization 100, cancel 0", "unpaid"),
        ("authorization 100, cancel 0, authorization 100", "authorized"),
        ("cancel 100, authorization 100", "authorized"),
        ("authorization 100, capture 99.98", "partly-paid"),
        ("authorization 100, capture 99.99", "paid"),
        ("capture 40, capture 60", "paid"),
        ("capture 120", "paid"),
        ("capture 100, cancel 100", "paid"),
        ("capture 100, refund 40", "partly-refunded"),
        ("capture 100, refund 40, refund 60", "refunded"),
        ("capture 40, refund 40", "refunded"),
        ("refund 100", "refunded"),
        ("refund 99.98", "partly-refunded"),
        ("refund 99.99", "refunded"),
        ("capture 100, refund 99.99", "partly-refunded"),
        ("capture 100, chargeback 100", "refunded"),
        ("capture 100, refund 30, chargeback 30", "partly-refunded"),
        ("capture 100, refund -100", "refunded"),
    ],
)
def test_sums_of_what_happened_say_how_far_it_is_paid(told, expected):
    assert payment_state(Decimal(100), "SEK", events(told)) == expected


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["authorized"], "authorized"),
        (["captured"], "paid"),
        (["refunded"], "refunded"),
        (["cancelled"], "unpaid"),
        (["cancelled", "authorized"], "authorized"),
        (["captured", "refunded"], "partly-refunded"),
    ],
)
def test_payments_speak_where_no_event_does(statuses, expected):
    payments = [payment(status) for status in statuses]

    assert payment_state(Decimal(100), "SEK", payments) == expected
    assert payment_state(Decimal(100), "SEK", [*payments, *events("capture 50")]) == "partly-paid"


def test_what_was_told_of_another_time_counts_at_that_time():
    late, early = events("authorization 100, cancel 100")
    early = record(PaymentEvent(type=EventType.CANCEL, amount=money(100), happened_at=START - timedelta(days=1)), 5)

    assert payment_state(Decimal(100), "SEK", [late, early]) == "authorized"


def test_another_currency_does_not_count():
    euros = record(PaymentEvent(type=EventType.CAPTURE, amount=money(100, "EUR")))

    assert payment_state(Decimal(100), "SEK", [euros]) == "unpaid"
    assert payment_state(Decimal(0), "SEK", events("capture 1")) == "paid"


def test_what_rounding_may_take_is_the_currencys_smallest_unit():
    def state(amount, currency):
        captured = record(PaymentEvent(type=EventType.CAPTURE, amount=money(amount, currency)))
        return payment_state(Decimal(100), currency, [captured])

    assert [state(amount, "JPY") for amount in ("98", "99")] == ["partly-paid", "paid"]
    assert [state(amount, "KWD") for amount in ("99.99", "99.999")] == ["partly-paid", "paid"]
