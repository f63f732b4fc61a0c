"""The catalogue as one flat list of SKUs: each variant that can be sold, with what it has from its product.

For wires that know no products with variants. A product's default variant is hidden behind others; it is not
in this list then. What was deleted stays in it and says so.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from plughub.core.caller import Caller
from plughub.core.hub import Transaction
from plughub.core.listing import Source as Listing
from plughub.core.products import rules
from plughub.core.products.documents import AGGREGATE, PART_FREE, read
from plughub.core.products.model import Alternate, Attribute, Content, Media, Product, Variant
from plughub.core.record import Record
from plughub.core.sql import inside
from plughub.core.values import Custom, Source


class Single(Struct, frozen=True, kw_only=True):
    """One SKU. Texts, attributes, media and custom data are the product's own where it has no other variants."""

    product_id: UUID
    product: Product
    variant: Variant
    #: Every connection's own id of the variant and of its product: record -> connection -> remote id.
    remote_ids: Mapping[UUID, dict[UUID, str]]

    @property
    def source(self) -> Source:
        return self.product.source

    @property
    def is_variation(self) -> bool:
        return self.variant.id != self.product.default.id

    @property
    def content(self) -> Mapping[str, Content]:
        """Its own texts; those that it lacks are its product's."""
        if not self.is_variation:
            return self.product.content
        everywhere = self.product.content
        own = self.variant.content
        return {code: _over(own.get(code), everywhere.get(code)) for code in {**everywhere, **own}}

    @property
    def own_content(self) -> Mapping[str, Content]:
        return self.variant.content if self.is_variation else self.product.content

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        return self.variant.attributes if self.is_variation else self.product.attributes

    @property
    def media(self) -> tuple[Media, ...]:
        return self.variant.media if self.is_variation else self.product.media

    @property
    def alternates(self) -> Mapping[str, Alternate]:
        return self.variant.alternates if self.is_variation else self.product.alternates

    @property
    def custom(self) -> Mapping[str, Custom]:
        return self.variant.custom if self.is_variation else self.product.custom

    @property
    def free(self) -> Decimal:
        """What may still be sold."""
        return rules.free(self.product, self.variant)


def _over(own: Content | None, everywhere: Content | None) -> Content:
    if own is None or everywhere is None:
        return own or everywhere or Content()
    missing = {name: getattr(everywhere, name) for name in own.__struct_fields__ if getattr(own, name) is None}
    return replace(own, **missing)


#: OFFSET 0 keeps PostgreSQL from reading all variants of the tenant first, for a page that looks at a hundred.
_TABLE = """(
    SELECT v.tenant_id, p.company_id, v.id, p.version, p.created_at, p.changed_at, v.sku, v.is_default, p.is_kit,
           p.is_available, CASE WHEN v.is_default THEN v.group_id ELSE v.product_id END AS group_id,
           v.doc, p.doc AS product_doc, coalesce(v.deleted_at, p.deleted_at) AS deleted_at
    FROM variants v JOIN products p ON p.tenant_id = $1 AND p.id = v.product_id
    WHERE v.tenant_id = $1 AND NOT (v.is_default AND EXISTS (
        SELECT FROM variants o
        WHERE o.tenant_id = $1 AND o.product_id = v.product_id AND o.deleted_at IS NULL AND NOT o.is_default OFFSET 0))
)"""
_FREE = f"""
(CASE WHEN r.is_kit THEN (
    SELECT coalesce(min(floor({PART_FREE} / k.quantity)), 0) FROM kit_parts k
    WHERE k.tenant_id = $1 AND k.variant_id = r.id
) ELSE (
    SELECT coalesce(sum(s.on_hand - s.reserved) FILTER (WHERE s.location_id = $1), sum(s.on_hand - s.reserved), 0)
    FROM stock_levels s WHERE s.tenant_id = $1 AND s.variant_id = r.id
) END)
"""
_REMOTE_ID = """
(SELECT m.remote_id COLLATE "C" FROM remote_records m
 WHERE m.tenant_id = $1 AND m.connection_id = $3 AND m.kind = 'variant' AND m.record_id = r.id)
"""
_FIELDS = {
    "id": "r.id {test}",
    "sku": 'r.sku COLLATE "C" {test}',
    "created_at": "r.created_at {test}",
    "changed_at": "r.changed_at {test}",
    "is_deleted": "(r.deleted_at IS NOT NULL) {test}",
    "remote_id": _REMOTE_ID + " {test}",
    "gtin": inside("r.doc", "gtin") + " {test}",
    "maker_sku": inside("r.doc", "maker_sku") + " {test}",
    "brand": inside("r.product_doc", "brand") + " {test}",
    "is_hidden": f"coalesce({inside('r.doc', 'is_hidden', 'boolean')}, false) {{test}}",
    "supply": f"""coalesce({inside("r.doc", "supply")}, 'counted') {{test}}""",
    "is_available": "coalesce(r.is_available, true) {test}",
    "free": _FREE + " {test}",
    "group": "r.group_id {test}",
}


def single_source(language: str) -> Listing:
    """What lists of single SKUs ask; texts in one language."""
    name = f"content.{language}.name"
    own, everywhere = inside("r.doc", name), inside("r.product_doc", name)
    title = f"(CASE WHEN r.is_default THEN {everywhere} ELSE coalesce({own}, {everywhere}) END)"
    return Listing(
        kind="variant",
        table=_TABLE,
        alive="r.tenant_id = $1 AND r.company_id = $2",
        fields={**_FIELDS, "name": f"{title} {{test}}"},
        is_complete="NOT r.is_kit",
    )


#: The whole product, with those of the asked variants that are gone.
_WITH_GONE = AGGREGATE.replace("v.deleted_at IS NULL", "(v.deleted_at IS NULL OR v.id = ANY ($4))")
_SINGLES = f"""
SELECT {_WITH_GONE} AS record,
       (SELECT json_agg(json_build_array(v.id, coalesce(v.deleted_at, r.deleted_at))) FROM variants v
        WHERE v.tenant_id = $1 AND v.product_id = r.id AND v.id = ANY ($4)) AS asked,
       (SELECT json_agg(json_build_array(m.record_id, m.connection_id, m.remote_id) ORDER BY m.connection_id)
        FROM connections c JOIN remote_records m ON m.tenant_id = $1 AND m.connection_id = c.id
        WHERE c.tenant_id = $1 AND m.kind IN ('variant', 'product') AND m.remote_id IS NOT NULL AND m.record_id IN (
            SELECT r.id UNION ALL
            SELECT v.id FROM variants v WHERE v.tenant_id = $1 AND v.product_id = r.id AND v.id = ANY ($4))) AS known
FROM products r
WHERE r.tenant_id = $1 AND r.company_id = $2 AND r.id = ANY (ARRAY(
    SELECT v.product_id FROM variants v WHERE v.tenant_id = $1 AND v.id = ANY ($4)))
"""
_asked = msgspec.json.Decoder(list[tuple[UUID, datetime | None]])
_known = msgspec.json.Decoder(list[tuple[UUID, UUID, str]])


async def singles(tx: Transaction, caller: Caller, variants: Sequence[UUID]) -> dict[UUID, Record[Single]]:
    """SKUs by the ids of their variants, those that were deleted too. A record's version is its product's."""
    rows = await tx.all(_SINGLES, caller.tenant, caller.company, caller.connection, list(variants))
    found: dict[UUID, Record[Single]] = {}
    for row in rows:
        record = read(row["record"])
        asked = dict(_asked.decode(row["asked"]))
        whole = record.value
        gone = {id for id, deleted_at in asked.items() if deleted_at is not None}
        known: dict[UUID, dict[UUID, str]] = {}
        for id, connection, text in _known.decode(row["known"]) if row["known"] else ():
            known.setdefault(id, {})[connection] = text
        live = tuple(variant for variant in whole.variants if variant.id not in gone)
        product = replace(whole, variants=live)
        for variant in (whole.default, *whole.variants):
            is_hidden = variant.id == whole.default.id and bool(live)
            if variant.id in asked and not is_hidden:
                found[variant.id] = Record(
                    id=variant.id,
                    number=record.number,
                    version=record.version,
                    created_at=record.created_at,
                    created_by=record.created_by,
                    changed_at=record.changed_at,
                    changed_by=record.changed_by,
                    value=Single(product_id=record.id, product=product, variant=variant, remote_ids=known),
                    deleted_at=asked[variant.id],
                )
    return found


_MEMBERS = """
SELECT m.group_id, m.id FROM (
    SELECT v.group_id, v.id, v.product_id, 0 AS position FROM variants v
    WHERE v.tenant_id = $1 AND v.group_id = ANY ($2) AND v.deleted_at IS NULL
    UNION ALL
    SELECT v.product_id, v.id, v.product_id, v.position FROM variants v
    WHERE v.tenant_id = $1 AND v.product_id = ANY ($2) AND v.deleted_at IS NULL AND NOT v.is_default
) m JOIN products p ON p.tenant_id = $1 AND p.id = m.product_id
WHERE p.deleted_at IS NULL ORDER BY m.position, m.id
"""


async def in_groups(tx: Transaction, caller: Caller, groups: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The variants that are for sale in each variant group, or in each product that is one."""
    rows = await tx.all(_MEMBERS, caller.tenant, list(groups))
    found: dict[UUID, list[UUID]] = {}
    for row in rows:
        found.setdefault(row["group_id"], []).append(row["id"])
    return found
