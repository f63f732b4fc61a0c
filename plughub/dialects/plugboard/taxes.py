"""Taxes with amounts: a list of items, and the deprecated VAT pair that is kept in step with it (specification 15)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from plughub.core.errors import Invalid, Missing
from plughub.core.money import Money
from plughub.core.patch import Merge, Patch
from plughub.core.taxes import Tax, TaxType, levied, rate_of, vat, without
from plughub.dialects.plugboard import bodies, custom
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import TEXT, Choice, write_decimal
from plughub.dialects.plugboard.money import MONEY, write_money
from plughub.dialects.plugboard.rates import ITEM_SCHEMA, percentage, shown
from plughub.dialects.plugboard.scene import Scene

_TYPES = Choice(tuple(TaxType))

_AMOUNTS = {"taxableAmount": MONEY.schema(), "tax": MONEY.schema()}
SCHEMA: dict[str, Any] = {
    "type": ["array", "null"],
    "items": {**ITEM_SCHEMA, "properties": {**ITEM_SCHEMA["properties"], **_AMOUNTS}},
}


def read(scene: Scene, value: Any, stored: Sequence[Tax], currency: str | None, where: str) -> Merge | None:
    """The whole list, replaced. Amounts have to be in this currency."""
    if value is None:
        return None
    bodies.elements(value, where)
    known = {(tax.type, tax.rate): tax for tax in stored}
    items = []
    for at, item in enumerate(value):
        try:
            items.append(_item(scene, item, known, currency))
        except Invalid as error:
            raise error.within(f"{where}[{at}]") from error
    return Merge(items, keys=(("type", "rate"),), repeats=True, whole=True)


def write(taxes: Sequence[Tax], currency: str | None) -> list[dict[str, Any]]:
    return [
        shown(tax.type, tax.rate, _money(currency, tax.taxable), _money(currency, tax.amount), tax) for tax in taxes
    ]


def read_gross(scene: Scene, body: Mapping[str, Any], stored: Sequence[Tax], amount: Money | None) -> Patch:
    """The taxes in an amount that has them in it, from `taxes` or from `vatRatePercent` and `vat`; `taxes` wins."""
    currency = amount.currency if amount else None
    if "taxes" in body:
        return {"taxes": read(scene, body["taxes"], stored, currency, "taxes")}
    if "vatRatePercent" not in body and "vat" not in body:
        return {}
    rate = None if body.get("vatRatePercent") is None else percentage(body["vatRatePercent"], "vatRatePercent")
    sent = _amount(body, "vat", currency)
    if rate is None and sent is None:
        return {"taxes": Merge([{"id": tax.id} for tax in stored if tax.type is not TaxType.VAT], whole=True)}
    return {"taxes": Merge([_gross_item(amount, rate, sent)], keys=("type",), whole=True)}


def write_gross(taxes: Sequence[Tax], currency: str | None) -> dict[str, Any]:
    """Both forms, whichever the client used."""
    rate, amount = vat(taxes)
    return {
        "taxes": write(taxes, currency),
        "vatRatePercent": None if rate is None else write_decimal(rate),
        "vat": _money(currency, amount),
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


def _item(scene: Scene, item: Any, known: Mapping[Any, Tax], currency: str | None) -> Patch:
    if not isinstance(item, dict):
        raise Bad("", "must be an object", "FieldType", item)
    try:
        kind = TaxType(_TYPES.read(item.get("taxType") or TaxType.VAT.value))
    except Bad as error:
        raise error.within("taxType") from error
    rate = None if item.get("percentage") is None else percentage(item["percentage"], "percentage")
    taxable, tax = (_amount(item, name, currency) for name in ("taxableAmount", "tax"))
    if tax is None and taxable is not None and rate is not None:
        tax = levied(taxable, rate)
    label = None if item.get("label") is None else _inside("label", TEXT, item)
    patch: Patch = {"type": kind, "rate": rate, "label": label, "taxable": taxable, "amount": tax}
    if "customData" in item:
        before = known[kind, rate].custom if (kind, rate) in known else {}
        patch["custom"] = custom.read(item["customData"], before, scene.connection_ids)
    return patch


def _amount(body: Mapping[str, Any], name: str, currency: str | None) -> Decimal | None:
    if body.get(name) is None:
        return None
    money: Money = _inside(name, MONEY, body)
    if currency is None:
        raise Missing(name, "needs an amount with a currency beside it")
    if money.currency != currency:
        raise Bad(f"{name}.currency", f"must be {currency}", "CurrencyMismatch", money.currency)
    return money.amount


def _money(currency: str | None, amount: Decimal | None) -> dict[str, Any] | None:
    return None if amount is None or currency is None else write_money(currency, amount)


def _inside(name: str, kind: Any, body: Mapping[str, Any]) -> Any:
    try:
        return kind.read(body[name])
    except Bad as error:
        raise error.within(name) from error
