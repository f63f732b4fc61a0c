"""Lists of taxes, as every record of this wire has them (specification 15): one tax an item."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from plughub.core.errors import Invalid
from plughub.core.patch import Merge, Patch
from plughub.core.taxes import Tax, TaxType
from plughub.dialects.plugboard import bodies, custom
from plughub.dialects.plugboard.amounts import Amounts, digits
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import NUM, TEXT, Choice, write_decimal
from plughub.dialects.plugboard.money import MONEY
from plughub.web.wire import Field, Shape

_MOST_PERCENT = 100

_ITEM = Shape(
    Field("taxType", "type", Choice(tuple(TaxType))),
    Field("label", "label", TEXT),
    Field("percentage", "rate", NUM),
    Field("taxableAmount", "", MONEY),
    Field("tax", "", MONEY),
    Field("customData", "", custom.KIND),
)
SCHEMA: dict[str, Any] = {"type": ["array", "null"], "items": _ITEM.schema()}


def read(
    value: Any, stored: Iterable[Tax], where: str, connections: Collection[str], amounts: Amounts | None = None
) -> list[Patch]:
    """What each item says. Without `amounts` there are none in this list, and what is sent of them is left."""
    bodies.elements(value, where)
    known = {(tax.type, tax.rate): tax for tax in stored}
    items = []
    for at, item in enumerate(value):
        try:
            items.append(_item(item, known, connections, amounts))
        except Invalid as error:
            raise error.within(f"{where}[{at}]") from error
    return items


def whole(items: list[Patch]) -> Merge:
    """These and no others; a tax that stood there at the same rate stays the same tax."""
    return Merge(items, keys=(("type", "rate"),), repeats=True, whole=True)


def without_vat(taxes: Iterable[Tax]) -> list[Patch]:
    """What is left where the deprecated VAT fields are cleared."""
    return [{"id": tax.id} for tax in taxes if tax.type is not TaxType.VAT]


def shown(tax: Tax, taxable: Any, amount: Any) -> dict[str, Any]:
    """One tax; `taxable` and `amount` are money already, or null where there is none."""
    return {**_ITEM.write(tax), "taxableAmount": taxable, "tax": amount, "customData": custom.write(tax.custom)}


def percentage(value: Any, name: str) -> Decimal | None:
    rate: Decimal | None = _ITEM.value(Field(name, "", NUM), value)
    if rate is not None and not 0 <= rate <= _MOST_PERCENT:
        raise Bad(name, f"must be from 0 to {_MOST_PERCENT}", "FieldRange", value)
    return rate


def spelled(rate: Decimal | None) -> str | None:
    return None if rate is None else write_decimal(rate)


def _item(item: Any, known: Mapping[Any, Tax], connections: Collection[str], amounts: Amounts | None) -> Patch:
    if not isinstance(item, Mapping):
        raise Bad("", "must be an object", "FieldType", item)
    read, _ = _ITEM.read(item)
    kind, rate = TaxType(read.get("type") or TaxType.VAT), percentage(item.get("percentage"), "percentage")
    patch: Patch = {"type": kind, "rate": rate, "label": read.get("label")}
    if amounts is not None:
        patch |= {"taxable": amounts.read(item, "taxableAmount"), "amount": amounts.read(item, "tax")}
        told = [digits(item.get(name)) for name in ("tax", "taxableAmount")]
        patch["digits"] = next((each for each in told if each is not None), None)
    if "customData" in item:
        before = known[kind, rate].custom if (kind, rate) in known else {}
        patch["custom"] = custom.read(item["customData"], before, connections)
    return patch
