"""What taxes come to, and how they are rounded."""

from decimal import Decimal

import pytest

from plughub.core import ids
from plughub.core.orders import LineKind, OrderLine, taxes
from plughub.core.taxes import Tax, levied, rate_of, rounded, without

LONG = Decimal("12345678901234567890.1234567895")


@pytest.mark.parametrize(
    ("amount", "digits", "expected"),
    [("0.125", 2, "0.13"), ("-0.125", 2, "-0.13"), ("0.135", 2, "0.14"), ("0.5", 0, "1"), ("2.5", 0, "3"),
     ("1", 2, "1.00"), ("0.1249", 2, "0.12")],
)  # fmt: skip
def test_a_half_is_rounded_away_from_zero(amount, digits, expected):
    assert str(rounded(Decimal(amount), digits)) == expected


def test_the_longest_numbers_are_rounded_in_their_last_digit_alone():
    assert rounded(LONG, 9) == Decimal("12345678901234567890.123456790")
    assert levied(LONG, Decimal(25)) == Decimal("3086419725308641972.5309")


@pytest.mark.parametrize(
    ("taxable", "rate", "expected"),
    [("0.0002", "25", "0.0001"), ("80.00", "12", "9.6"), ("0.0006", "25", "0.0002"), ("0", "25", "0")],
)
def test_a_tax_has_four_digits_at_most(taxable, rate, expected):
    assert levied(Decimal(taxable), Decimal(rate)) == Decimal(expected)


def test_a_rate_is_found_behind_a_tax():
    assert str(rate_of(Decimal("72.00"), Decimal("8.64"))) == "12"
    assert str(rate_of(Decimal(800), Decimal(1))) == "0.13"
    assert rate_of(Decimal(0), Decimal(1)) is None
    assert without(Decimal(125), Decimal(25)) == 100


def line(quantity, price, *told, kind=LineKind.PRODUCT):
    return OrderLine(id=ids.new(), kind=kind, quantity=Decimal(quantity), price=Decimal(price), taxes=told)


def vat(rate, **facts):
    return Tax(id=ids.new(), rate=Decimal(rate), **facts)


def test_each_line_is_rounded_before_they_are_summed():
    lines = [line(1, "0.02", vat(25)), line(1, "0.02", vat(25)), line("-1", "0.50", vat(25), kind=LineKind.DISCOUNT)]

    # Two halves of a cent, each rounded up, and 12.5 taken off.
    assert taxes.total(lines, "SEK") == Decimal("-0.11")
    assert taxes.total(lines, "JPY") == 0
    assert taxes.net(lines) == Decimal("-0.46")
    (one,) = taxes.sums(lines, "SEK")
    assert (one.rate, one.base, one.amount) == (25, Decimal("-0.46"), Decimal("-0.11"))
