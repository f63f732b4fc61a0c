"""What products can be asked for (specification 6.8)."""

from typing import Any

from plughub.core.caller import Caller
from plughub.core.filters import All, AnyOf, Compare, Contains, Filter, Not, Nothing, Op
from plughub.core.products import Variant
from plughub.core.search import spell
from plughub.core.values import number_or_none
from plughub.dialects.pluggto.product_wire import PRODUCT, TEXTS, VARIATION
from plughub.dialects.pluggto.query import Filters, equal, flag, has, identity
from plughub.web.wire import ListOf, Nested, Shape


def filters(caller: Caller, account: int) -> Filters:
    """What the caller can ask products for; texts are asked in the caller's language."""
    texts = {name: _text_reader(f"content.{caller.language}.{name}") for name in TEXTS.fields}
    texts["variations.name"] = lambda value: has(value, f"variants.content.{caller.language}.name")
    ours = {
        name: (lambda value: All(()) if value == str(account) else Nothing()) for name in ("supplier_id", "user_id")
    }
    return Filters(
        shape=PRODUCT,
        look_ups=_LOOK_UPS,
        readers={**_READERS, **texts, **ours},
        paths=_both_levels,
        # One client asks for part of a SKU and takes the first answer: an exact one has to come first (C).
        first="bysku",
    )


def _text_reader(path: str) -> Any:
    return lambda value: has(value, path, f"variants.{path}")


def _both_levels(path: str) -> tuple[str, ...]:
    """A field that variations have too is looked for on both levels."""
    field = path.removeprefix("default.")
    return (path, f"variants.{field}") if field.split(".")[0] in _VARIANT_FIELDS else (path,)


_VARIANT_FIELDS = set(Variant.__struct_fields__)


def _available(value: str) -> Filter:
    offered = has("true", "is_available")
    return offered if flag("available", value) else Not(offered)


def _any_id(value: str) -> Filter:
    return AnyOf((equal("id", identity(value)), equal("variant_id", identity(value))))


def _value_reader(name: str, *, own: bool) -> Any:
    paths = [f"{level}attributes.value_{name}" for level in ("", "variants.") if own or level]
    return lambda value: has(value, *paths)


def _level(field: str) -> Any:
    return lambda value: equal(field, number_or_none(value))


_READERS: dict[str, Any] = {
    "available": _available,
    "all": lambda value: Contains("words", value),
    "sku": lambda value: equal("sku", value),
    "bysku": lambda value: Contains("codes", value),
    "category": lambda value: Contains("groups", value),
    "attribute": lambda value: has(
        value,
        *(
            f"{level}attributes.{field}"
            for level in ("", "variants.")
            for field in ("code", "value_code", "value_label")
        ),
    ),
    "id": _any_id,
    "has_external": lambda value: Compare("has_remote_id", Op.EQUAL, flag("has_external", value)),
    "external": lambda value: equal("remote_id", value),
    "quantity": lambda value: equal("quantity", number_or_none(value)),
    "created_by": lambda value: equal("created_by", value),
    "modified_by": lambda value: equal("changed_by", value),
    **{
        f"{level}attributes.value.{name}": _value_reader(name, own=not level)
        for level in ("", "variations.")
        for name in ("code", "label")
    },
    "stock_table.code": lambda value: equal("level.code", value),
    "stock_table.type": lambda value: equal("level.supply", value),
    "stock_table.quantity": _level("level.on_hand"),
    "stock_table.price": _level("level.price"),
    "stock_table.special_price": _level("level.special_price"),
    "stock_table.priority": _level("level.priority"),
    "stock_table.handling_time": _level("level.handling_days"),
}


def _variation_readers() -> dict[str, Any]:
    """`variations.ean` and the like: the field of a variation alone."""
    rows = {f"variations.{name}": read for name, read in _READERS.items() if name.startswith("stock_table.")}
    found = {f"variations.{name}": _variation_reader(name) for name in _dotted(VARIATION)}
    found |= {name: read for name, read in _READERS.items() if name.startswith("variations.")}
    return {**found, **rows, "variations.id": _any_id, "variations.quantity": _READERS["quantity"]}


def _dotted(shape: Shape) -> list[str]:
    inner = {name: known.kind.shape for name, known in shape.fields.items() if isinstance(known.kind, ListOf | Nested)}
    return [*shape.fields, *(f"{name}.{rest}" for name, part in inner.items() for rest in _dotted(part))]


def _variation_reader(name: str) -> Any:
    found = VARIATION.find(name)

    def read(value: str) -> Filter:
        if found is None:
            return Nothing()
        path, kind = found
        try:
            text = spell(kind.read(value))
        except ValueError:
            return Nothing()
        return has(text, f"variants.{path}") if text is not None else Nothing()

    return read


_READERS |= _variation_readers()
_LOOK_UPS = frozenset({"id", "sku", "bysku", "external", "ean"})
