"""What taxes a product has: rates without amounts, in the new form and the deprecated one (specification 12.1, 15)."""

from collections.abc import Sequence
from typing import Any

from plughub.core.errors import Missing
from plughub.core.patch import Merge, Patch
from plughub.core.taxes import Tax, TaxType, vat
from plughub.dialects.plugboard import tax_items
from plughub.dialects.plugboard.kinds import NUM
from plughub.dialects.plugboard.scene import Scene

SCHEMA: dict[str, dict[str, Any]] = {
    "vatRatePercent": {**NUM.schema(), "description": "deprecated: use perUnitTaxes"},
    "perUnitTaxes": tax_items.SCHEMA,
}


def to_core(scene: Scene, body: dict[str, Any], stored: Sequence[Tax] | None, *, is_new: bool) -> Patch:
    """The new form wins where both are sent."""
    if stored is None and not is_new and body.get("perUnitTaxes", []) == [] and body.get("vatRatePercent") is None:
        # Nobody has told, and nothing is sent or what was shown.
        return {}
    if body.get("perUnitTaxes") is not None:
        return {"taxes": _items(scene, body["perUnitTaxes"], stored or ())}
    if body.get("vatRatePercent") is not None:
        rate = tax_items.percentage(body["vatRatePercent"], "vatRatePercent")
        return {"taxes": Merge([{"type": TaxType.VAT, "rate": rate}], keys=("type",), whole=True)}
    if is_new:
        raise Missing("vatRatePercent", "or perUnitTaxes is required")
    if "vatRatePercent" in body and "perUnitTaxes" not in body:
        return {"taxes": Merge(tax_items.without_vat(stored or ()), whole=True)}
    return {"taxes": None} if "perUnitTaxes" in body else {}


def from_core(taxes: Sequence[Tax] | None) -> dict[str, Any]:
    """Both forms. Nothing is said of a product whose taxes nobody has told."""
    return {
        "vatRatePercent": None if taxes is None else tax_items.spelled(vat(taxes)[0]),
        "perUnitTaxes": [tax_items.shown(tax, None, None) for tax in taxes or ()],
    }


def _items(scene: Scene, value: Any, stored: Sequence[Tax]) -> Merge:
    items = tax_items.read(value, stored, "perUnitTaxes", scene.connection_ids)
    for at, item in enumerate(items):
        if item["rate"] is None:
            raise Missing(f"perUnitTaxes[{at}].percentage", "is required")
    return tax_items.whole(items)
