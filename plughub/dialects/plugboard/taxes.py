"""Taxes with amounts of records of money, and the deprecated VAT pair that is kept in step (specification 15)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from plughub.core.money import Money
from plughub.core.patch import Merge, Patch
from plughub.core.taxes import Tax, TaxType, levied, rate_of, vat, without
from plughub.dialects.plugboard import tax_items
from plughub.dialects.plugboard.amounts import Amounts, digits
from plughub.dialects.plugboard.money import write_money
from plughub.dialects.plugboard.scene import Scene


def read(scene: Scene, value: Any, stored: Sequence[Tax], currency: str | None, where: str) -> Merge | None:
    """The whole list, replaced. Amounts have to be in this currency."""
    if value is None:
        return None
    items = tax_items.read(value, stored, where, scene.connection_ids, Amounts(currency))
    for item in items:
        if item["amount"] is None and item["taxable"] is not None and item["rate"] is not None:
            item["amount"] = levied(item["taxable"], item["rate"])
    return tax_items.whole(items)


def write(taxes: Sequence[Tax], currency: str | None) -> list[dict[str, Any]]:
    return [
        tax_items.shown(tax, _money(currency, tax.taxable, tax), _money(currency, tax.amount, tax)) for tax in taxes
    ]


def read_gross(scene: Scene, body: Mapping[str, Any], stored: Sequence[Tax], amount: Money | None) -> Patch:
    """The taxes in an amount that has them in it, from `taxes` or from `vatRatePercent` and `vat`; `taxes` wins."""
    currency = amount.currency if amount else None
    if "taxes" in body:
        return {"taxes": read(scene, body["taxes"], stored, currency, "taxes")}
    if "vatRatePercent" not in body and "vat" not in body:
        return {}
    rate = tax_items.percentage(body.get("vatRatePercent"), "vatRatePercent")
    sent = Amounts(currency).read(body, "vat")
    if rate is None and sent is None:
        return {"taxes": Merge(tax_items.without_vat(stored), whole=True)}
    item = {**_gross_item(amount, rate, sent), "digits": digits(body.get("vat"))}
    return {"taxes": Merge([item], keys=("type",), whole=True)}


def write_gross(taxes: Sequence[Tax], currency: str | None) -> dict[str, Any]:
    """Both forms, whichever the client used."""
    rate, amount = vat(taxes)
    levied_first = next((tax for tax in taxes if tax.type is TaxType.VAT), None)
    return {
        "taxes": write(taxes, currency),
        "vatRatePercent": tax_items.spelled(rate),
        "vat": _money(currency, amount, levied_first),
    }


def _gross_item(gross: Money | None, rate: Decimal | None, tax: Decimal | None) -> Patch:
    if gross is None:
        return {"type": TaxType.VAT, "label": None, "rate": rate, "taxable": None, "amount": tax}
    if tax is None:
        taxable = without(gross.amount, rate or Decimal(0))
        tax = gross.amount - taxable
    else:
        taxable = gross.amount - tax
        rate = rate_of(taxable, tax) if rate is None else rate
    return {"type": TaxType.VAT, "label": None, "rate": rate, "taxable": taxable, "amount": tax}


def _money(currency: str | None, amount: Decimal | None, tax: Tax | None) -> dict[str, Any] | None:
    if amount is None or currency is None:
        return None
    return write_money(currency, amount, tax.digits if tax else None)
