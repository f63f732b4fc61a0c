"""SQL that changes products. Rows are the truth for SKUs, prices and stock; documents hold the rest."""

from typing import Any
from uuid import UUID

import msgspec

from plughub.core import ids, search
from plughub.core.caller import Caller
from plughub.core.errors import Duplicate, NotFound
from plughub.core.hub import Transaction
from plughub.core.products.documents import product_doc, variant_doc
from plughub.core.products.model import Product, Variant, VariantDoc
from plughub.core.stock import MAIN
from plughub.core.stock import location_ids as locate
from plughub.core.stock import store as levels
from plughub.core.values import to_json

_INSERT = """
INSERT INTO products (tenant_id, id, company_id, number, sku, is_kit, is_available, version, created_at, created_by,
                      changed_at, changed_by, doc)
SELECT $1, $2, $3, $4, $5, $6, $7, 1, t.at, $8, t.at, $8, $9 FROM (SELECT clock_timestamp() AS at) t
"""

_UPDATE = """
UPDATE products SET sku = $3, is_kit = $4, is_available = $5, version = version + 1, changed_at = clock_timestamp(),
                    changed_by = $6, doc = $7
WHERE tenant_id = $1 AND id = $2
"""

_TOUCH = """
UPDATE products SET version = version + 1, changed_at = clock_timestamp(), changed_by = $3
WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL RETURNING version
"""

_VARIANTS = """
INSERT INTO variants (tenant_id, id, product_id, number, sku, position, is_default, group_id, doc)
SELECT $1, x.id, $2, x.number, x.sku, x.position, x.is_default, x.group_id, x.doc
FROM json_to_recordset($3)
    AS x (id uuid, number bigint, sku text, position integer, is_default boolean, group_id uuid, doc json)
ON CONFLICT (tenant_id, id) DO UPDATE SET
    sku = excluded.sku, position = excluded.position, group_id = excluded.group_id, doc = excluded.doc
"""

_SKUS = """
INSERT INTO skus (tenant_id, company_id, sku, product_id, variant_id, holds_stock, is_default)
SELECT $1, $2, x.sku, $3, x.variant, x.holds, x.variant = $7
FROM unnest($4::text[], $5::uuid[], $6::boolean[]) AS x (sku, variant, holds)
ON CONFLICT DO NOTHING RETURNING sku
"""

_CATEGORIES = """
WITH fresh AS (
    INSERT INTO categories (tenant_id, id, company_id, parent_id, path)
    SELECT $1, x.id, $2, (SELECT p.id FROM categories p WHERE p.tenant_id = $1 AND p.company_id = $2
                          AND p.path = x.parent AND p.deleted_at IS NULL), x.path
    FROM unnest($3::uuid[], $4::text[], $5::text[]) AS x (id, path, parent)
    ON CONFLICT (tenant_id, company_id, path) WHERE deleted_at IS NULL DO NOTHING
    RETURNING path, id
)
SELECT path, id FROM fresh UNION ALL
SELECT path, id FROM categories WHERE tenant_id = $1 AND company_id = $2 AND path = ANY ($4) AND deleted_at IS NULL
"""


class _VariantRow(msgspec.Struct):
    id: UUID
    number: int
    sku: str
    position: int
    is_default: bool
    group_id: UUID | None
    doc: VariantDoc


async def lock(tx: Transaction, caller: Caller, id: UUID) -> None:
    """Nobody else changes the product or any part of it until this transaction ends.

    A statement of its own: one that locked and read at once would read parts from before the wait.
    """
    found = await tx.value(
        "SELECT id FROM products WHERE tenant_id = $1 AND company_id = $2 AND id = $3 AND deleted_at IS NULL"
        " FOR NO KEY UPDATE",
        caller.tenant,
        caller.company,
        id,
    )
    if found is None:
        raise NotFound("product", id)


async def lock_components(tx: Transaction, caller: Caller, skus: list[str]) -> None:
    """The products with these SKUs neither go nor gain variants until this transaction ends.

    Taken before the kit's own lock: a component that changes locks itself first and its kits after it.
    """
    await tx.run(
        "SELECT r.id FROM products r WHERE r.tenant_id = $1 AND r.id IN"
        " (SELECT k.product_id FROM skus k WHERE k.tenant_id = $1 AND k.company_id = $2 AND k.sku = ANY ($3))"
        " ORDER BY r.id FOR SHARE",
        caller.tenant,
        caller.company,
        skus,
    )


async def insert(tx: Transaction, caller: Caller, id: UUID, product: Product) -> None:
    number = await tx.numbers.one(caller.tenant, "product")
    await tx.run(
        _INSERT,
        caller.tenant, id, caller.company, number, product.sku, product.is_kit, product.is_available,
        caller.actor, product_doc(product),
    )  # fmt: skip


async def update(tx: Transaction, caller: Caller, id: UUID, product: Product) -> None:
    await tx.run(
        _UPDATE,
        caller.tenant, id, product.sku, product.is_kit, product.is_available, caller.actor, product_doc(product),
    )  # fmt: skip


async def touch(tx: Transaction, caller: Caller, id: UUID) -> int | None:
    """The new version of a product of which only something kept elsewhere has changed; None: it is gone."""
    version: int | None = await tx.value(_TOUCH, caller.tenant, id, caller.actor)
    return version


async def save_variants(tx: Transaction, caller: Caller, id: UUID, before: Product | None, after: Product) -> None:
    old = {v.id: v for v in all_variants(before)} if before else {}
    changed = [
        (at, variant)
        for at, variant in enumerate(all_variants(after))
        if variant.id not in old
        or (old[variant.id].sku, old[variant.id].group) != (variant.sku, variant.group)
        or variant_doc(old[variant.id]) != variant_doc(variant)
    ]
    if changed:
        fresh = sum(variant.id not in old for _, variant in changed)
        numbers = iter(await tx.numbers.take(caller.tenant, "variant", fresh) if fresh else ())
        rows = [
            _VariantRow(
                id=variant.id,
                # A number that is there already stays: the conflict clause leaves it alone.
                number=next(numbers) if variant.id not in old else 0,
                sku=variant.sku,
                position=at,
                is_default=at == 0,
                group_id=variant.group,
                doc=variant_doc(variant),
            )
            for at, variant in changed
        ]
        await tx.run(_VARIANTS, caller.tenant, id, to_json(rows))
    gone = list(old.keys() - {variant.id for variant in all_variants(after)})
    if gone:
        await tx.run(
            "UPDATE variants SET deleted_at = clock_timestamp() WHERE tenant_id = $1 AND id = ANY ($2)",
            caller.tenant,
            gone,
        )


async def save_skus(tx: Transaction, caller: Caller, id: UUID, before: Product | None, after: Product) -> None:
    old = _sku_rows(before) if before else {}
    new = _sku_rows(after)
    stale = [variant for variant, row in old.items() if new.get(variant) != row]
    if stale:
        await tx.run("DELETE FROM skus WHERE tenant_id = $1 AND variant_id = ANY ($2)", caller.tenant, stale)
    wanted = [(sku, variant, holds) for variant, (sku, holds) in new.items() if old.get(variant) != (sku, holds)]
    if not wanted:
        return
    # In one order everywhere, so that two products exchanging SKUs cannot block each other.
    wanted.sort()
    columns = [list(column) for column in zip(*wanted, strict=True)]
    done = {row["sku"] for row in await tx.all(_SKUS, caller.tenant, caller.company, id, *columns, after.default.id)}
    for sku, _, _ in wanted:
        if sku not in done:
            raise Duplicate("sku", sku)


def _sku_rows(product: Product) -> dict[UUID, tuple[str, bool]]:
    """variant -> (SKU, whether stock is kept under it)."""
    rows = {v.id: (v.sku, not product.is_kit) for v in product.variants}
    rows[product.default.id] = (product.sku, not product.is_kit and not product.variants)
    return rows


async def save_levels(tx: Transaction, caller: Caller, id: UUID, before: Product | None, after: Product) -> None:
    old = {level.id: (v.id, level) for v in all_variants(before) for level in v.levels} if before else {}
    new = {level.id: (v.id, level) for v in all_variants(after) for level in v.levels}
    changed = [pair for key, pair in new.items() if old.get(key) != pair]
    # A row that names another location now is closed there and opened here: both ledgers sum up.
    gone = [key for key, (_, level) in old.items() if key not in new or new[key][1].code != level.code]
    if gone:
        await levels.close_levels(tx, caller.tenant, caller.actor, gone, [ids.new() for _ in gone])
    if not changed:
        return
    places = await locate(tx, caller.tenant, [level.code for _, level in changed if level.code != MAIN])
    rows = [
        {
            "id": level.id,
            "variant": variant,
            "location": places[level.code],
            "movement": ids.new(),
            "on_hand": level.on_hand,
            "supply": level.supply,
            "priority": level.priority,
            "price": level.price,
            "special_price": level.special_price,
            "handling_days": level.handling_days,
        }
        for variant, level in changed
    ]
    await levels.save_levels(tx, caller.tenant, id, caller.actor, rows)


async def category_ids(tx: Transaction, caller: Caller, paths: list[str]) -> dict[str, UUID]:
    """Ids of the categories with these paths; those that are new are created, parents first."""
    nodes: dict[str, str | None] = {}
    for path in paths:
        names = path.split(" > ")
        for depth in range(1, len(names) + 1):
            nodes[" > ".join(names[:depth])] = " > ".join(names[: depth - 1]) or None
    known: dict[str, UUID] = {}
    for depth in range(max((path.count(" > ") for path in nodes), default=-1) + 1):
        level = sorted(path for path in nodes if path.count(" > ") == depth)
        for _ in range(2):
            rows = await tx.all(
                _CATEGORIES,
                caller.tenant,
                caller.company,
                [ids.new() for _ in level],
                level,
                [nodes[path] for path in level],
            )
            known |= {row["path"]: row["id"] for row in rows}
            if all(path in known for path in level):
                break
    return known


async def save_categories(tx: Transaction, caller: Caller, id: UUID, before: Product | None, after: Product) -> None:
    if before is not None and before.categories == after.categories:
        return
    if before is not None and before.categories:
        await tx.run("DELETE FROM product_categories WHERE tenant_id = $1 AND product_id = $2", caller.tenant, id)
    if after.categories:
        await tx.run(
            "INSERT INTO product_categories (tenant_id, product_id, category_id, position)"
            " SELECT $1, $2, c, at FROM unnest($3::uuid[]) WITH ORDINALITY AS x (c, at)",
            caller.tenant,
            id,
            [category.id for category in after.categories],
        )


async def save_kit(tx: Transaction, caller: Caller, id: UUID, before: Product | None, after: Product) -> None:
    if before is not None and before.components != after.components:
        await tx.run("DELETE FROM kit_components WHERE tenant_id = $1 AND kit_id = $2", caller.tenant, id)
    if after.components and (before is None or before.components != after.components):
        await tx.run(
            "INSERT INTO kit_components (tenant_id, kit_id, component_id, quantity, position)"
            " SELECT $1, $2, c, q, at FROM unnest($3::uuid[], $4::integer[]) WITH ORDINALITY AS x (c, q, at)",
            caller.tenant,
            id,
            [component.id for component in after.components],
            [component.quantity for component in after.components],
        )
    old = _part_rows(before) if before else set()
    new = _part_rows(after)
    if old == new:
        return
    await tx.run("DELETE FROM kit_parts WHERE tenant_id = $1 AND kit_id = $2", caller.tenant, id)
    if new:
        await tx.run(
            "INSERT INTO kit_parts (tenant_id, kit_id, variant_id, part_id, quantity)"
            " SELECT $1, $2, v, p, q FROM unnest($3::uuid[], $4::uuid[], $5::integer[]) AS x (v, p, q)",
            caller.tenant,
            id,
            *(list(column) for column in zip(*sorted(new), strict=True)),
        )


def _part_rows(product: Product) -> set[tuple[UUID, UUID, int]]:
    return {(v.id, part.id, part.quantity) for v in all_variants(product) for part in v.parts}


async def save_search(tx: Transaction, caller: Caller, id: UUID, product: Product) -> None:
    """What filters find this product by; stock, remote ids and what is derived are asked of their own rows."""
    everyone = all_variants(product)
    texts = [*product.content.values(), *(c for variant in everyone for c in variant.content.values())]
    await search.save(
        tx,
        caller.tenant,
        "product",
        id,
        leaves=set(_leaves(product)),
        words="\n".join(text for content in texts for text in (content.name, content.description) if text),
        codes="\n".join(variant.sku for variant in everyone),
        groups="\n".join(category.path for category in product.categories),
    )


def _leaves(product: Product) -> Any:
    for name in product.__struct_fields__:
        if name not in ("default", "variants", "part_stock", "remote_id"):
            yield from search.leaves(getattr(product, name), name)
    for name, variants in (("default", [product.default]), ("variants", list(product.variants))):
        for variant in variants:
            for field in variant.__struct_fields__:
                if field not in ("levels", "parts", "remote_id"):
                    yield from search.leaves(getattr(variant, field), f"{name}.{field}")


async def mark_deleted(tx: Transaction, caller: Caller, id: UUID, product: Product) -> int:
    version: int = await tx.value(
        "UPDATE products SET deleted_at = clock_timestamp(), changed_at = clock_timestamp(), changed_by = $3,"
        " version = version + 1 WHERE tenant_id = $1 AND id = $2 RETURNING version",
        caller.tenant,
        id,
        caller.actor,
    )
    await tx.run("DELETE FROM skus WHERE tenant_id = $1 AND product_id = $2", caller.tenant, id)
    await search.remove(tx, caller.tenant, "product", id)
    return version


async def kits_of(tx: Transaction, caller: Caller, component: UUID) -> list[tuple[UUID, str]]:
    """(id, SKU) of the kits that contain a product, in id order."""
    rows = await tx.all(
        "SELECT r.id, r.sku FROM kit_components k JOIN products r ON r.tenant_id = $1 AND r.id = k.kit_id"
        " WHERE k.tenant_id = $1 AND k.component_id = $2 AND r.deleted_at IS NULL ORDER BY r.id",
        caller.tenant,
        component,
    )
    return [(row["id"], row["sku"]) for row in rows]


def files_of(product: Product | None) -> set[UUID]:
    """Files that the product or a variant shows."""
    if product is None:
        return set()
    shown = [*product.media, *(one for variant in all_variants(product) for one in variant.media)]
    return {one.file for one in shown if one.file is not None}


def all_variants(product: Product) -> tuple[Variant, ...]:
    return (product.default, *product.variants)
