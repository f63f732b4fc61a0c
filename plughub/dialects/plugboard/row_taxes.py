"""Taxes of one unit of a row: a list, and the older pair of VAT fields beside it (specification 15)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from plughub.core.orders import OrderLine, taxes
from plughub.core.patch import Merge, Patch
from plughub.core.taxes import Tax, TaxType, rate_of
from plughub.dialects.plugboard import tax_items
from plughub.dialects.plugboard.amounts import Amounts, digits
from plughub.dialects.plugboard.errors import Bad

_OLD = ("vatRatePercent", "vatPerUnit")


def read(row: Mapping[str, Any], line: OrderLine, amounts: Amounts) -> Merge | tuple[Tax, ...] | None:
    """The line's taxes after what the row says. The list goes before the older pair; neither: they stay."""
    if "perUnitTaxes" in row:
        return None if row["perUnitTaxes"] is None else _list(row["perUnitTaxes"], line, amounts)
    return _pair(row, line, amounts) if any(name in row for name in _OLD) else line.taxes


def write(line: OrderLine, amounts: Amounts) -> dict[str, Any]:
    """Both forms, whichever was sent."""
    vat = [tax for tax in line.taxes if tax.type is TaxType.VAT]
    rates = {tax.rate for tax in vat} or {Decimal(0)}
    total = sum((taxes.amount(tax, line) for tax in vat), Decimal(0))
    return {
        "perUnitTaxes": [_shown(tax, line, amounts) for tax in line.taxes],
        "vatRatePercent": tax_items.spelled(rates.pop()) if len(rates) == 1 else None,
        "vatPerUnit": amounts.write(total, vat[0].digits if vat else None),
    }


def _shown(tax: Tax, line: OrderLine, amounts: Amounts) -> dict[str, Any]:
    taxable, levied = taxes.base(tax, line), taxes.amount(tax, line)
    return tax_items.shown(tax, amounts.write(taxable, tax.digits), amounts.write(levied, tax.digits))


def _list(value: Any, line: OrderLine, amounts: Amounts) -> Merge:
    items = tax_items.read(value, line.taxes, "perUnitTaxes", amounts.connections, amounts)
    for at, item in enumerate(items):
        if item["rate"] is None and item["amount"] is None:
            raise Bad(f"perUnitTaxes[{at}].percentage", "is required where there is no tax", "FieldRequired")
    return tax_items.whole(items)


def _pair(row: Mapping[str, Any], line: OrderLine, amounts: Amounts) -> Merge:
    rate, amount = tax_items.percentage(row.get("vatRatePercent"), "vatRatePercent"), amounts.read(row, "vatPerUnit")
    others = tax_items.without_vat(line.taxes)
    if rate is None and amount is None:
        return Merge(others, whole=True)
    if rate is None and amount is not None:
        rate = rate_of(line.price or Decimal(0), amount)
    vat: Patch = {"type": TaxType.VAT, "label": None, "rate": rate, "taxable": None, "amount": amount}
    return Merge([{**vat, "digits": digits(row.get("vatPerUnit"))}, *others], keys=("id", "type"), whole=True)
