"""Taxes of lines, an order's or an invoice's: what was told, and what follows from price and rate."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from plughub.core import codes
from plughub.core.orders.model import OrderLine
from plughub.core.taxes import Tax, TaxType, levied, rounded


@dataclass(frozen=True, slots=True)
class TaxSum:
    """All of one tax in some lines."""

    type: TaxType
    rate: Decimal | None
    base: Decimal
    amount: Decimal


def base(tax: Tax, line: OrderLine) -> Decimal:
    """What is taxed of one unit."""
    return tax.taxable if tax.taxable is not None else line.price or Decimal(0)


def amount(tax: Tax, line: OrderLine) -> Decimal:
    """The tax on one unit."""
    return tax.amount if tax.amount is not None else levied(base(tax, line), tax.rate or Decimal(0))


def net(lines: Iterable[OrderLine]) -> Decimal:
    """Without taxes. Lines that take off are negative."""
    return sum(((line.price or Decimal(0)) * line.quantity for line in lines), Decimal(0))


def total(lines: Iterable[OrderLine], currency: str) -> Decimal:
    """All taxes, rounded to the currency's digits line by line."""
    return sum((_of_line(line, line.taxes, currency) for line in lines), Decimal(0))


def sums(lines: Iterable[OrderLine], currency: str) -> list[TaxSum]:
    """What each tax at each rate comes to, in the order in which they first occur."""
    found: dict[tuple[TaxType, Decimal | None], TaxSum] = {}
    for line in lines:
        for tax in line.taxes:
            key = (tax.type, tax.rate)
            so_far = found.get(key) or TaxSum(*key, Decimal(0), Decimal(0))
            found[key] = TaxSum(
                so_far.type,
                so_far.rate,
                so_far.base + base(tax, line) * line.quantity,
                so_far.amount + _of_line(line, [tax], currency),
            )
    return list(found.values())


def _of_line(line: OrderLine, taxes: Iterable[Tax], currency: str) -> Decimal:
    per_unit = sum((amount(tax, line) for tax in taxes), Decimal(0))
    return rounded(per_unit * line.quantity, codes.minor_digits(currency))
