"""What taxes a product has: rates without amounts, in the new form and the deprecated one (specification 12.1, 15)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from plughub.core.errors import Missing
from plughub.core.patch import Merge, Patch
from plughub.core.taxes import Tax, TaxType
from plughub.dialects.plugboard import bodies, custom
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import NUM, TEXT, Choice, write_decimal
from plughub.dialects.plugboard.scene import Scene

_TYPES = Choice(tuple(TaxType))
_MOST = Decimal(100)

ITEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "taxType": _TYPES.schema(),
        "label": TEXT.schema(),
        "percentage": NUM.schema(),
        "taxableAmount": {"type": ["object", "null"]},
        "tax": {"type": ["object", "null"]},
        "customData": custom.SCHEMA,
    },
}
SCHEMA: dict[str, dict[str, Any]] = {
    "vatRatePercent": {**NUM.schema(), "description": "deprecated: use perUnitTaxes"},
    "perUnitTaxes": {"type": ["array", "null"], "items": ITEM_SCHEMA},
}


def to_core(scene: Scene, body: dict[str, Any], stored: Sequence[Tax] | None, *, is_new: bool) -> Patch:
    """The new form wins where both are sent."""
    if stored is None and not is_new and body.get("perUnitTaxes", []) == [] and body.get("vatRatePercent") is None:
        # Nobody has told, and nothing is sent or what was shown.
        return {}
    if body.get("perUnitTaxes") is not None:
        return {"taxes": Merge(_items(scene, body["perUnitTaxes"], stored or ()), keys=(("type", "rate"),), whole=True)}
    if body.get("vatRatePercent") is not None:
        rate = percentage(body["vatRatePercent"], "vatRatePercent")
        return {"taxes": Merge([{"type": TaxType.VAT, "rate": rate}], keys=("type",), whole=True)}
    if is_new:
        raise Missing("vatRatePercent", "or perUnitTaxes is required")
    if "vatRatePercent" in body and "perUnitTaxes" not in body:
        others = [{"id": tax.id} for tax in stored or () if tax.type is not TaxType.VAT]
        return {"taxes": Merge(others, whole=True)}
    return {"taxes": None} if "perUnitTaxes" in body else {}


def from_core(taxes: Sequence[Tax] | None) -> dict[str, Any]:
    """Both forms. Nothing is said of a product whose taxes nobody has told."""
    return {
        "vatRatePercent": None if taxes is None else _vat_rate(taxes),
        "perUnitTaxes": [shown(tax.type, tax.rate, None, None, tax) for tax in taxes or ()],
    }


def shown(type: TaxType, rate: Decimal | None, base: Any, amount: Any, told: Tax | None = None) -> dict[str, Any]:
    """One tax as this wire shows it; `base` and `amount` are money already, or null where there is none."""
    return {
        "taxType": type.value,
        "label": told.label if told else None,
        "percentage": None if rate is None else write_decimal(rate),
        "taxableAmount": base,
        "tax": amount,
        "customData": custom.write(told.custom) if told else {},
    }


def percentage(value: Any, where: str) -> Decimal:
    try:
        rate = NUM.read(value)
    except Bad as error:
        raise error.within(where) from error
    if not 0 <= rate <= _MOST:
        raise Bad(where, "must be from 0 to 100", "FieldRange", value)
    return rate


def _vat_rate(taxes: Sequence[Tax]) -> str | None:
    rates = {tax.rate for tax in taxes if tax.type is TaxType.VAT}
    if not rates:
        return "0"
    rate = next(iter(rates))
    return None if len(rates) > 1 or rate is None else write_decimal(rate)


def _items(scene: Scene, value: Any, stored: Sequence[Tax]) -> list[Patch]:
    bodies.elements(value, "perUnitTaxes")
    known = {(tax.type, tax.rate): tax for tax in stored}
    return [_item(scene, item, f"perUnitTaxes[{at}]", known) for at, item in enumerate(value)]


def _item(scene: Scene, item: Any, where: str, known: dict[Any, Tax]) -> Patch:
    if not isinstance(item, dict):
        raise Bad(where, "must be an object", "FieldType", item)
    if item.get("percentage") is None:
        raise Missing(f"{where}.percentage", "is required")
    try:
        kind = TaxType(_TYPES.read(item.get("taxType") or TaxType.VAT.value))
        rate = percentage(item["percentage"], "percentage")
        patch: Patch = {"type": kind, "rate": rate}
        if "label" in item:
            patch["label"] = None if item["label"] is None else TEXT.read(item["label"])
        if "customData" in item:
            before = known[kind, rate].custom if (kind, rate) in known else {}
            patch["custom"] = custom.read(item["customData"], before, scene.connection_ids)
    except Bad as error:
        raise error.within(where) from error
    return patch
