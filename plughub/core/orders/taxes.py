"""Taxes of an order's lines: what was told, and what follows from price and rate."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from plughub.core import codes
from plughub.core.orders.model import Order, OrderLine
from plughub.core.taxes import Tax, TaxType

#: A tax on one unit that was not told has at most so many digits.
_UNIT_DIGITS = 4


@dataclass(frozen=True, slots=True)
class TaxSum:
    """All of one tax in an order."""

    type: TaxType
    rate: Decimal | None
    base: Decimal
    amount: Decimal


def base(tax: Tax, line: OrderLine) -> Decimal:
    """What is taxed of one unit."""
    return tax.taxable if tax.taxable is not None else line.price or Decimal(0)


def amount(tax: Tax, line: OrderLine) -> Decimal:
    """The tax on one unit."""
    if tax.amount is not None:
        return tax.amount
    return share(base(tax, line), tax.rate or Decimal(0))


def share(base: Decimal, rate: Decimal) -> Decimal:
    exact = base * rate / 100
    rounded = rounded_to(exact, _UNIT_DIGITS)
    return rounded.normalize() if rounded else Decimal(0)


def rounded_to(value: Decimal, digits: int) -> Decimal:
    """Half up, away from zero."""
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def total(order: Order) -> Decimal:
    """All taxes, rounded to the currency's digits line by line."""
    return sum((_line_total(order, line, line.taxes) for line in order.lines), Decimal(0))


def net(order: Order) -> Decimal:
    """Everything without taxes: the lines, and what is told of the whole order. Lines that take off are negative."""
    lines = sum(((line.price or Decimal(0)) * line.quantity for line in order.lines), Decimal(0))
    return lines + (order.shipping or 0) - (order.discount or 0)


def sums(order: Order) -> list[TaxSum]:
    """What each tax at each rate comes to, in the order in which they first occur."""
    found: dict[tuple[TaxType, Decimal | None], TaxSum] = {}
    for line in order.lines:
        for tax in line.taxes:
            key = (tax.type, tax.rate)
            so_far = found.get(key) or TaxSum(*key, Decimal(0), Decimal(0))
            found[key] = TaxSum(
                so_far.type,
                so_far.rate,
                so_far.base + base(tax, line) * line.quantity,
                so_far.amount + _line_total(order, line, [tax]),
            )
    return list(found.values())


def of_type(taxes: Sequence[Tax], type: TaxType) -> list[Tax]:
    return [tax for tax in taxes if tax.type is type]


def _line_total(order: Order, line: OrderLine, taxes: Iterable[Tax]) -> Decimal:
    per_unit = sum((amount(tax, line) for tax in taxes), Decimal(0))
    return rounded_to(per_unit * line.quantity, codes.minor_digits(order.currency))
