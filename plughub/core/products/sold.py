"""What an order line needs to know of a SKU: far less than the whole product, and asked for on every order."""

from collections.abc import Iterator, Sequence
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from plughub.core.caller import Caller
from plughub.core.hub import Transaction
from plughub.core.products.documents import variant
from plughub.core.products.model import Part, Variant, VariantDoc
from plughub.core.stock import MAIN, Level, Supply


class Sold(Struct, frozen=True, kw_only=True):
    """One SKU of the catalogue; the variant comes with its stock, without its prices."""

    product: UUID
    variant: Variant
    #: Whether the SKU is the product's own.
    is_default: bool
    is_kit: bool

    def level_path(self, code: str) -> str:
        """Where the product's history finds the level at a location."""
        holder = "default" if self.is_default else f"variants[{self.variant.sku}]"
        return f"{holder}.levels[{code}]"


#: A row per level, or one without any. What only kits and named locations need is looked up for those alone.
_SOLD = """
SELECT k.sku, k.variant_id, k.product_id, k.is_default, v.doc, m.remote_id,
       NOT k.holds_stock AND (SELECT p.is_kit FROM products p WHERE p.tenant_id = $1 AND p.id = k.product_id) AS is_kit,
       CASE WHEN NOT k.holds_stock THEN (
           SELECT json_agg(json_build_array(q.part_id, q.quantity)) FROM kit_parts q
           WHERE q.tenant_id = $1 AND q.variant_id = k.variant_id) END AS parts,
       CASE WHEN s.location_id <> $1 THEN (
           SELECT l.code FROM locations l WHERE l.tenant_id = $1 AND l.id = s.location_id) END AS code,
       s.id, s.on_hand, s.reserved, s.supply,
       coalesce(s.priority, CASE WHEN s.location_id <> $1 THEN (
           SELECT l.priority FROM locations l WHERE l.tenant_id = $1 AND l.id = s.location_id) END) AS priority,
       s.price, s.special_price, s.handling_days
FROM skus k
JOIN variants v ON v.tenant_id = $1 AND v.id = k.variant_id
LEFT JOIN remote_records m
    ON m.tenant_id = $1 AND m.connection_id = $3 AND m.kind = 'variant' AND m.record_id = k.variant_id
LEFT JOIN stock_levels s ON s.tenant_id = $1 AND s.variant_id = k.variant_id
WHERE k.tenant_id = $1 AND k.company_id = $2
"""
_BY_SKU = f"{_SOLD} AND k.sku = ANY ($4)"
_BY_VARIANT = f"{_SOLD} AND k.variant_id = ANY ($4)"

_parts = msgspec.json.Decoder(list[tuple[UUID, int]])
_doc = msgspec.json.Decoder(VariantDoc)


async def sold(tx: Transaction, caller: Caller, skus: Sequence[str]) -> dict[str, Sold]:
    """The SKUs that are in the catalogue."""
    rows = await tx.all(_BY_SKU, caller.tenant, caller.company, caller.connection, list(skus))
    return {found.variant.sku: found for found in _read(rows)}


async def sold_variants(tx: Transaction, caller: Caller, variants: Sequence[UUID]) -> dict[UUID, Sold]:
    rows = await tx.all(_BY_VARIANT, caller.tenant, caller.company, caller.connection, list(variants))
    return {found.variant.id: found for found in _read(rows)}


def _read(rows: list[asyncpg.Record]) -> Iterator[Sold]:
    levels: dict[UUID, list[Level]] = {row["variant_id"]: [] for row in rows}
    for row in rows:
        if row["id"] is not None:
            levels[row["variant_id"]].append(_level(row))
    # Any one row of a variant tells the rest.
    for row in {row["variant_id"]: row for row in rows}.values():
        parts = _parts.decode(row["parts"]) if row["parts"] else ()
        yield Sold(
            product=row["product_id"],
            is_default=row["is_default"],
            is_kit=row["is_kit"],
            variant=variant(
                row["variant_id"],
                row["sku"],
                row["remote_id"],
                _doc.decode(row["doc"]),
                levels=tuple(levels[row["variant_id"]]),
                parts=tuple(Part(id=id, quantity=quantity) for id, quantity in parts),
            ),
        )


def _level(row: asyncpg.Record) -> Level:
    return Level(
        id=row["id"],
        code=row["code"] or MAIN,
        on_hand=row["on_hand"],
        reserved=row["reserved"],
        supply=Supply(row["supply"]),
        priority=row["priority"],
        price=row["price"],
        special_price=row["special_price"],
        handling_days=row["handling_days"],
    )
