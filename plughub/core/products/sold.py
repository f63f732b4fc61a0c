"""What an order line needs to know of a SKU: far less than the whole product, and asked for on every order."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from plughub.core.caller import Caller
from plughub.core.hub import Transaction
from plughub.core.products.documents import LevelRow, level, variant
from plughub.core.products.model import Part, Variant, VariantDoc


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


_SOLD = """
SELECT v.sku, v.id, v.product_id, v.is_default, p.is_kit, v.doc, m.remote_id,
       (SELECT json_agg(json_build_array(s.variant_id, s.id, l.code, s.on_hand, s.reserved, s.supply, s.priority,
               s.price, s.special_price, s.handling_days))
        FROM stock_levels s JOIN locations l ON l.tenant_id = $1 AND l.id = s.location_id
        WHERE s.tenant_id = $1 AND s.variant_id = v.id) AS levels,
       CASE WHEN p.is_kit THEN (SELECT json_agg(json_build_array(k.part_id, k.quantity)) FROM kit_parts k
                                WHERE k.tenant_id = $1 AND k.variant_id = v.id) END AS parts
FROM variants v
JOIN products p ON p.tenant_id = $1 AND p.id = v.product_id
LEFT JOIN remote_records m
    ON m.tenant_id = $1 AND m.connection_id = $3 AND m.kind = 'variant' AND m.record_id = v.id
WHERE v.tenant_id = $1 AND p.company_id = $2
"""
_BY_SKU = f"""
{_SOLD} AND v.id = ANY (ARRAY(
    SELECT k.variant_id FROM skus k WHERE k.tenant_id = $1 AND k.company_id = $2 AND k.sku = ANY ($4)))
"""
_BY_VARIANT = f"{_SOLD} AND v.deleted_at IS NULL AND v.id = ANY ($4)"

_levels = msgspec.json.Decoder(list[LevelRow])
_parts = msgspec.json.Decoder(list[tuple[UUID, int]])
_doc = msgspec.json.Decoder(VariantDoc)


async def sold(tx: Transaction, caller: Caller, skus: Sequence[str]) -> dict[str, Sold]:
    """The SKUs that are in the catalogue."""
    rows = await tx.all(_BY_SKU, caller.tenant, caller.company, caller.connection, list(skus))
    return {row["sku"]: _read(row) for row in rows}


async def sold_variants(tx: Transaction, caller: Caller, variants: Sequence[UUID]) -> dict[UUID, Sold]:
    rows = await tx.all(_BY_VARIANT, caller.tenant, caller.company, caller.connection, list(variants))
    return {row["id"]: _read(row) for row in rows}


def _read(row: asyncpg.Record) -> Sold:
    levels = _levels.decode(row["levels"]) if row["levels"] else ()
    parts = _parts.decode(row["parts"]) if row["parts"] else ()
    return Sold(
        product=row["product_id"],
        is_default=row["is_default"],
        is_kit=row["is_kit"],
        variant=variant(
            row["id"],
            row["sku"],
            row["remote_id"],
            _doc.decode(row["doc"]),
            levels=tuple(level(each) for each in levels),
            parts=tuple(Part(id=id, quantity=quantity) for id, quantity in parts),
        ),
    )
