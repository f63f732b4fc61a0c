"""Products between rows and nouns: what one statement gives as one JSON array, and what goes into `doc`."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from plughub.core.prices import Action, Price
from plughub.core.products.model import (
    Category,
    Component,
    Part,
    Product,
    ProductDoc,
    Variant,
    VariantDoc,
)
from plughub.core.record import Record, Row
from plughub.core.stock import Level, Supply
from plughub.core.values import to_json


class _PriceRow(Struct, frozen=True, array_like=True):
    variant: UUID
    id: UUID
    code: str
    is_base: bool
    min_quantity: Decimal
    action: Action
    amount: Decimal | None
    special_amount: Decimal | None
    percentage: Decimal | None
    floor: Decimal | None
    ceiling: Decimal | None
    label: str | None
    digits: int | None


class LevelRow(Struct, frozen=True, array_like=True):
    variant: UUID
    id: UUID
    code: str
    on_hand: Decimal
    reserved: Decimal
    supply: Supply
    priority: int | None
    price: Decimal | None
    special_price: Decimal | None
    handling_days: int | None


class _PartRow(Struct, frozen=True, array_like=True):
    variant: UUID
    part: UUID
    quantity: int
    free: Decimal


class _VariantRow(Struct, frozen=True, array_like=True):
    id: UUID
    sku: str
    is_default: bool
    remote_id: str | None
    group: UUID | None
    doc: VariantDoc


class _CategoryRow(Struct, frozen=True, array_like=True):
    id: UUID
    path: str


class _ComponentRow(Struct, frozen=True, array_like=True):
    id: UUID
    sku: str
    quantity: int


class _Row(Row, frozen=True, array_like=True):
    remote_id: str | None
    doc: ProductDoc
    variants: list[_VariantRow]
    prices: list[_PriceRow] | None
    levels: list[LevelRow] | None
    categories: list[_CategoryRow] | None
    components: list[_ComponentRow] | None
    parts: list[_PartRow] | None


_decoder = msgspec.json.Decoder(_Row)
_PRODUCT_FIELDS = ProductDoc.__struct_fields__
_VARIANT_FIELDS = VariantDoc.__struct_fields__

#: What is free of a part (`k.part_id`) of a kit: nothing once its variant is gone, or hidden behind variants.
PART_FREE = """
CASE WHEN EXISTS (SELECT FROM skus h WHERE h.tenant_id = $1 AND h.variant_id = k.part_id AND h.holds_stock)
THEN coalesce((SELECT coalesce(sum(s.on_hand - s.reserved) FILTER (WHERE s.location_id = $1),
                               sum(s.on_hand - s.reserved))
               FROM stock_levels s WHERE s.tenant_id = $1 AND s.variant_id = k.part_id), 0)
ELSE 0 END
"""

#: One product (table alias `r`) as one JSON array in the order of `_Row`. `$1` tenant, `$3` connection or null.
AGGREGATE = f"""
json_build_array(
    r.id, r.number, r.version, r.created_at, r.created_by, r.changed_at, r.changed_by,
    (SELECT m.remote_id FROM remote_records m
     WHERE m.tenant_id = $1 AND m.connection_id = $3 AND m.kind = 'product' AND m.record_id = r.id),
    r.doc,
    (SELECT json_agg(json_build_array(v.id, v.sku, v.is_default, m.remote_id, v.group_id, v.doc)
            ORDER BY v.position, v.id)
     FROM variants v
     LEFT JOIN remote_records m
        ON m.tenant_id = $1 AND m.connection_id = $3 AND m.kind = 'variant' AND m.record_id = v.id
     WHERE v.tenant_id = $1 AND v.product_id = r.id AND v.deleted_at IS NULL),
    (SELECT json_agg(json_build_array(p.variant_id, p.id, l.code, p.list_id = $1 AND p.min_quantity = 1,
            p.min_quantity, p.action, p.amount, p.special_amount, p.percentage, p.floor, p.ceiling, p.label,
            p.digits)
            ORDER BY p.id)
     FROM prices p JOIN price_lists l ON l.tenant_id = $1 AND l.id = p.list_id
     WHERE p.tenant_id = $1 AND p.product_id = r.id),
    (SELECT json_agg(json_build_array(s.variant_id, s.id, l.code, s.on_hand, s.reserved, s.supply, s.priority,
            s.price, s.special_price, s.handling_days) ORDER BY s.id)
     FROM stock_levels s JOIN locations l ON l.tenant_id = $1 AND l.id = s.location_id
     WHERE s.tenant_id = $1 AND s.product_id = r.id),
    (SELECT json_agg(json_build_array(c.id, c.path) ORDER BY x.position)
     FROM product_categories x JOIN categories c ON c.tenant_id = $1 AND c.id = x.category_id
     WHERE x.tenant_id = $1 AND x.product_id = r.id),
    CASE WHEN r.is_kit THEN (
        SELECT json_agg(json_build_array(c.id, c.sku, k.quantity) ORDER BY k.position)
        FROM kit_components k JOIN products c ON c.tenant_id = $1 AND c.id = k.component_id
        WHERE k.tenant_id = $1 AND k.kit_id = r.id) END,
    CASE WHEN r.is_kit THEN (
        SELECT json_agg(json_build_array(k.variant_id, k.part_id, k.quantity, {PART_FREE}))
        FROM kit_parts k WHERE k.tenant_id = $1 AND k.kit_id = r.id) END
)
"""


def read(aggregate: bytes) -> Record[Product]:
    row = _decoder.decode(aggregate)
    prices: dict[UUID, list[_PriceRow]] = {}
    for price in row.prices or ():
        prices.setdefault(price.variant, []).append(price)
    levels: dict[UUID, list[Level]] = {}
    for each_level in row.levels or ():
        levels.setdefault(each_level.variant, []).append(level(each_level))
    parts: dict[UUID, list[Part]] = {}
    for part in row.parts or ():
        parts.setdefault(part.variant, []).append(Part(id=part.part, quantity=part.quantity))
    nothing: list[Any] = []
    default: Variant | None = None
    variants = []
    for each in row.variants:
        made = _variant(
            each,
            prices.get(each.id, nothing),
            tuple(levels.get(each.id, nothing)),
            tuple(parts.get(each.id, nothing)),
        )
        if each.is_default:
            default = made
        else:
            variants.append(made)
    assert default is not None  # noqa: S101 - every product has one
    doc = row.doc
    product = Product(
        **{name: getattr(doc, name) for name in _PRODUCT_FIELDS},
        categories=tuple(Category(id=c.id, path=c.path) for c in row.categories or ()),
        components=tuple(Component(id=c.id, sku=c.sku, quantity=c.quantity) for c in row.components or ()),
        default=default,
        variants=tuple(variants),
        part_stock={part.part: part.free for part in row.parts or ()},
        remote_id=row.remote_id,
    )
    return row.holding(product)


def product_doc(product: Product) -> bytes:
    return to_json(ProductDoc(**{name: getattr(product, name) for name in _PRODUCT_FIELDS}))


def variant_doc(variant: Variant) -> VariantDoc:
    return VariantDoc(**{name: getattr(variant, name) for name in _VARIANT_FIELDS})


def _variant(row: _VariantRow, prices: list[_PriceRow], levels: tuple[Level, ...], parts: tuple[Part, ...]) -> Variant:
    base = next((price for price in prices if price.is_base), None)
    return variant(
        row.id,
        row.sku,
        row.remote_id,
        row.doc,
        price=base.amount if base else None,
        special_price=base.special_amount if base else None,
        price_digits=base.digits if base else None,
        prices=tuple(_price(price) for price in prices if not price.is_base),
        levels=levels,
        parts=parts,
        group=row.group,
    )


def variant(id: UUID, sku: str, remote_id: str | None, doc: VariantDoc, **rows: Any) -> Variant:
    """A variant from its document and, as keywords, what is kept in rows."""
    return Variant(
        id=id,
        sku=sku,
        remote_id=remote_id,
        gtin=doc.gtin,
        gtin_optional=doc.gtin_optional,
        content=doc.content,
        cost=doc.cost,
        dimensions=doc.dimensions,
        attributes=doc.attributes,
        media=doc.media,
        alternates=doc.alternates,
        maker_sku=doc.maker_sku,
        is_hidden=doc.is_hidden,
        supply=doc.supply,
        taxes=doc.taxes,
        custom=doc.custom,
        extensions=doc.extensions,
        **rows,
    )


def _price(row: _PriceRow) -> Price:
    return Price(
        id=row.id,
        code=row.code,
        label=row.label,
        action=row.action,
        amount=row.amount,
        special_amount=row.special_amount,
        percentage=row.percentage,
        floor=row.floor,
        ceiling=row.ceiling,
        digits=row.digits,
        min_quantity=row.min_quantity,
    )


def level(row: LevelRow) -> Level:
    return Level(
        id=row.id,
        code=row.code,
        on_hand=row.on_hand,
        reserved=row.reserved,
        supply=row.supply,
        priority=row.priority,
        price=row.price,
        special_price=row.special_price,
        handling_days=row.handling_days,
    )
