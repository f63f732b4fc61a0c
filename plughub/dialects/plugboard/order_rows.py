"""Rows of all eight kinds, an order's or an invoice's (specification 14.2)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from plughub.core import patch
from plughub.core.errors import Invalid
from plughub.core.orders import LineKind, LineVariant, OrderLine
from plughub.core.patch import Merge, Patch
from plughub.dialects.plugboard import bodies, custom, row_taxes, tax_items
from plughub.dialects.plugboard.amounts import Amounts, digits
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import LOCAL_ID, LONG_TEXT, NUM, TEXT, Choice, Shown, Text
from plughub.dialects.plugboard.money import MONEY
from plughub.dialects.plugboard.sums import Billed
from plughub.web.wire import Field, Shape

_TYPES = {kind.value.replace("_", ""): kind for kind in LineKind}
_UNNAMED = UUID(int=0)


class _RowType:
    def __init__(self) -> None:
        self._choice = Choice(tuple(_TYPES))

    def read(self, value: Any) -> LineKind:
        return _TYPES[self._choice.read(value)]

    def write(self, value: LineKind) -> str:
        return value.replace("_", "")

    def schema(self) -> dict[str, Any]:
        return self._choice.schema()


ROW = Shape(
    Field("localId", "id", LOCAL_ID, is_writable=False),
    Field("remoteId", "external", Text(500)),
    Field("rowType", "kind", _RowType()),
    Field("sku", "sku", TEXT),
    Field("title", "name", TEXT),
    Field("qty", "", NUM),
    Field("pricePerUnitExclVat", "", MONEY),
    Field("rowDiscountExclVat", "", MONEY),
    Field("comment", "comment", LONG_TEXT),
    Field("perUnitTaxes", "", Shown(tax_items.SCHEMA)),
    Field("vatRatePercent", "", NUM),
    Field("vatPerUnit", "", MONEY),
    Field("product", "", Shown({"type": ["object", "null"]}), is_writable=False),
    Field("customData", "", Shown(custom.SCHEMA)),
)
SCHEMA = {"type": ["array", "null"], "items": ROW.schema()}


def read(value: Any, before: Billed | None, amounts: Amounts) -> Merge | None:
    """The whole list; a row with a known localId keeps it and what the row does not say."""
    if value is None:
        return None
    bodies.elements(value, "")
    stored = {line.id: line for line in before.lines} if before else {}
    named: set[UUID] = set()
    rows = []
    for at, row in enumerate(value):
        try:
            line = _stored(row, stored, named)
            shown = write(line, before.currency) if line and before else {}
            rows.append(_row(bodies.unlike(row, shown), line, amounts))
        except Invalid as error:
            raise error.within(f"[{at}]") from error
    return Merge(rows, whole=True)


def write(line: OrderLine, currency: str) -> dict[str, Any]:
    amounts = Amounts(currency, (), line.digits)
    is_comment = line.kind is LineKind.COMMENT
    told: dict[str, Any] = dict.fromkeys(ROW.fields)
    told |= ROW.write(line)
    told["customData"] = custom.write(line.custom)
    told["perUnitTaxes"] = []
    if not is_comment:
        told |= row_taxes.write(line, amounts)
        told["qty"] = NUM.write(Decimal(line.quantity))
        told["pricePerUnitExclVat"] = amounts.write(line.price)
        told["rowDiscountExclVat"] = amounts.write(line.discount)
    if line.variant_id is not None:
        told["product"] = {"localId": line.variant_id.hex}
    return told


def _stored(row: Any, stored: Mapping[UUID, OrderLine], named: set[UUID]) -> OrderLine | None:
    if not isinstance(row, Mapping):
        raise Bad("", "must be an object", "FieldType", row)
    id = ROW.value(ROW.fields["localId"], row.get("localId"))
    if id is None or id not in stored:
        return None
    if id in named:
        raise Bad("localId", "is named twice", "FieldRange", id)
    named.add(id)
    return stored[id]


def _row(row: dict[str, Any], stored: OrderLine | None, amounts: Amounts) -> Patch:
    changes, _ = ROW.read(row)
    old = stored or OrderLine(id=_UNNAMED)
    kind = patch.apply(old, changes).kind
    # What a comment has of money and quantity is nobody's.
    is_new = stored is None or (stored.kind is LineKind.COMMENT and kind is not LineKind.COMMENT)
    if "customData" in row:
        changes["custom"] = custom.read(row["customData"], old.custom, amounts.connections)
    if kind is LineKind.COMMENT:
        changes |= {"quantity": Decimal(0), "price": None, "discount": None, "total": None, "taxes": (), "digits": None}
    else:
        changes |= _sums(row, old, kind, amounts, is_new=is_new)
    if stored is not None and changes.get("sku", stored.sku) != stored.sku:
        # Other goods: they are looked up anew.
        changes |= {"product_id": None, "variant_id": None, "variant": LineVariant()}
    _check_words(patch.apply(old, changes), row, is_new=is_new)
    named: Patch = {} if stored is None else {"id": stored.id}
    return {**named, **changes}


def _sums(row: dict[str, Any], old: OrderLine, kind: LineKind, amounts: Amounts, *, is_new: bool) -> Patch:
    changes: Patch = {}
    if is_new or "qty" in row:
        quantity = ROW.value(ROW.fields["qty"], row.get("qty"))
        if quantity is None and kind is LineKind.PRODUCT:
            raise Bad("qty", "is required", "FieldRequired")
        changes["quantity"] = Decimal(1) if quantity is None else quantity
    if is_new or "pricePerUnitExclVat" in row:
        price = amounts.read(row, "pricePerUnitExclVat")
        if price is None:
            raise Bad("pricePerUnitExclVat", "is required", "FieldRequired")
        changes |= {"price": price, "digits": digits(row["pricePerUnitExclVat"])}
    if "rowDiscountExclVat" in row:
        changes["discount"] = amounts.read(row, "rowDiscountExclVat")
    if changes.keys() & {"quantity", "price"}:
        # Computed anew from them.
        changes["total"] = None
    changes["taxes"] = row_taxes.read(row, patch.apply(old, changes), amounts)
    return changes


def _check_words(line: OrderLine, row: Mapping[str, Any], *, is_new: bool) -> None:
    if line.kind is LineKind.COMMENT and not (line.comment or "").strip():
        raise Bad("comment", "is required", "FieldRequired")
    is_told = is_new or row.keys() & {"sku", "title", "rowType"}
    if line.kind is LineKind.PRODUCT and is_told and not (line.sku or line.name):
        raise Bad("sku", "or title is required", "FieldRequired")
