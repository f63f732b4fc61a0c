"""What a tax comes to, and the single VAT of wires that know no other tax. No database."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal

from plughub.core.taxes.model import Tax, TaxType

_EXACT = Context(prec=100, rounding=ROUND_HALF_UP)
_HUNDRED = Decimal(100)
#: Computed amounts have four digits at most, computed rates two.
_DIGITS, _RATE_DIGITS = 4, 2


def rounded(amount: Decimal, digits: int) -> Decimal:
    """Half up, away from zero."""
    return amount.quantize(Decimal(1).scaleb(-digits), context=_EXACT)


def levied(taxable: Decimal, rate: Decimal) -> Decimal:
    """The tax on an amount without tax."""
    return _short(_EXACT.divide(_EXACT.multiply(taxable, rate), _HUNDRED))


def without(gross: Decimal, rate: Decimal) -> Decimal:
    """What is left of an amount that has the tax in it."""
    return _short(_EXACT.divide(_EXACT.multiply(gross, _HUNDRED), _EXACT.add(_HUNDRED, rate)))


def rate_of(taxable: Decimal, tax: Decimal) -> Decimal | None:
    """The rate behind a tax; None for a tax on nothing."""
    if taxable == 0:
        return None
    rate = rounded(_EXACT.divide(_EXACT.multiply(tax, _HUNDRED), taxable), _RATE_DIGITS)
    return rate.to_integral_value() if rate == rate.to_integral_value() else rate


def vat(taxes: Iterable[Tax]) -> tuple[Decimal | None, Decimal]:
    """(rate, amount) of all VAT together; no rate where there are several. Sales taxes do not count."""
    found = [tax for tax in taxes if tax.type is TaxType.VAT]
    rates = {tax.rate for tax in found} or {Decimal(0)}
    amount = sum((tax.amount for tax in found if tax.amount is not None), Decimal(0))
    return next(iter(rates)) if len(rates) == 1 else None, amount


def _short(amount: Decimal) -> Decimal:
    short = rounded(amount, _DIGITS)
    return amount if amount == short else short
