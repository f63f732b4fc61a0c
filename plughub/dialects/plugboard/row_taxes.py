"""The tax model: a list of taxes per unit, and the older pair of VAT fields beside it (specification 15)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from plughub.core import ids, patch
from plughub.core.orders import OrderLine, taxes
from plughub.core.taxes import Tax, TaxType
from plughub.dialects.plugboard import bodies, custom
from plughub.dialects.plugboard.amounts import Amounts
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import NUM, TEXT, Choice, write_decimal
from plughub.dialects.plugboard.money import MONEY
from plughub.dialects.plugboard.rates import shown
from plughub.web.wire import Field, Shape

_MOST_PERCENT = 100

_TAX = Shape(
    Field("taxType", "", Choice(tuple(TaxType))),
    Field("label", "label", TEXT),
    Field("percentage", "rate", NUM),
    Field("taxableAmount", "", MONEY),
    Field("tax", "", MONEY),
)
SCHEMA = {"type": ["array", "null"], "items": {**_TAX.schema()}}
_OLD = ("vatRatePercent", "vatPerUnit")


def read(row: Mapping[str, Any], line: OrderLine, amounts: Amounts) -> tuple[Tax, ...]:
    """The line's taxes after what the row says. The list goes before the older pair; neither: they stay."""
    if "perUnitTaxes" in row:
        return _same(_list(row["perUnitTaxes"], amounts), line)
    if any(name in row for name in _OLD):
        return _same([*_pair(row, line, amounts), *taxes.of_type(line.taxes, TaxType.SALES_TAX)], line)
    return line.taxes


def write(line: OrderLine, amounts: Amounts) -> dict[str, Any]:
    """Both forms, whichever was sent."""
    vat = taxes.of_type(line.taxes, TaxType.VAT)
    rates = {tax.rate for tax in vat}
    rate = Decimal(0) if not vat else rates.pop() if len(rates) == 1 else None
    total = sum((taxes.amount(tax, line) for tax in vat), Decimal(0))
    return {
        "perUnitTaxes": [
            shown(tax.type, tax.rate, amounts.write(taxes.base(tax, line)), amounts.write(taxes.amount(tax, line)), tax)
            for tax in line.taxes
        ],
        "vatRatePercent": None if rate is None else write_decimal(rate),
        "vatPerUnit": amounts.write(total),
    }


def _same(found: list[Tax], line: OrderLine) -> tuple[Tax, ...]:
    """What stands where it stood is the same tax, so that sending it again changes nothing."""
    old = [tax.id for tax in line.taxes][: len(found)]
    return tuple(replace(tax, id=id) for tax, id in zip(found, [*old, *map(_new, found[len(old) :])], strict=True))


def _new(tax: Tax) -> UUID:
    return ids.new()


def _list(value: Any, amounts: Amounts) -> list[Tax]:
    if value is None:
        return []
    bodies.elements(value, "perUnitTaxes")
    found = []
    for at, one in enumerate(value):
        try:
            found.append(_one(one, amounts))
        except Bad as error:
            raise error.within(f"perUnitTaxes[{at}]") from error
    return found


def _one(value: Any, amounts: Amounts) -> Tax:
    if not isinstance(value, Mapping):
        raise Bad("", "must be an object", "FieldType", value)
    changes, _ = _TAX.read(value)
    type = _TAX.value(_TAX.fields["taxType"], value.get("taxType") or "vat")
    changes |= {"type": TaxType(type), "taxable": amounts.read(value, "taxableAmount")}
    changes["amount"] = amounts.read(value, "tax")
    if value.get("customData") is not None:
        changes["custom"] = custom.read(value["customData"], {}, amounts.connections)
    if changes.get("rate") is None and changes["amount"] is None:
        raise Bad("percentage", "is required where there is no tax", "FieldRequired")
    _check_rate("percentage", changes.get("rate"))
    return patch.apply(Tax(id=ids.new()), changes)


def _pair(row: Mapping[str, Any], line: OrderLine, amounts: Amounts) -> list[Tax]:
    given = row.get("vatRatePercent")
    rate = _TAX.value(Field("vatRatePercent", "", NUM), given)
    _check_rate("vatRatePercent", rate)
    amount = amounts.read(row, "vatPerUnit")
    if rate is None and amount is None:
        return []
    if rate is None and amount is not None and line.price:
        rate = taxes.rounded_to(amount / line.price * 100, 2)
    return [Tax(id=ids.new(), rate=rate, amount=amount)]


def _check_rate(name: str, rate: Decimal | None) -> None:
    if rate is not None and not 0 <= rate <= _MOST_PERCENT:
        raise Bad(name, f"must be from 0 to {_MOST_PERCENT}", "FieldRange", rate)
