"""Variant groups, whichever way they came about: records of their own, or products with variants.

A wire that knows only flat products sees both alike; what it writes goes to where the group is kept.
"""

from collections.abc import Sequence
from uuid import UUID

from plughub.core import connections, products, registry
from plughub.core.caller import Caller
from plughub.core.catalogue.model import VARIANT_GROUP, VariantGroup
from plughub.core.errors import Locked
from plughub.core.hub import Transaction
from plughub.core.listing import Source
from plughub.core.patch import Change, Merge, Patch
from plughub.core.products import Option, Product
from plughub.core.record import Record


class Family(VariantGroup, frozen=True, kw_only=True, omit_defaults=True):
    """A product with variants, as a group of them."""

    options: tuple[Option, ...] = ()


_KIND = VARIANT_GROUP.name


def group_source() -> Source:
    kept = registry.source(_KIND)
    return Source(
        kind=_KIND,
        table=f"""(
            SELECT g.tenant_id, g.company_id, g.id, g.version, g.created_at, g.changed_at, g.deleted_at
            FROM registry g WHERE g.tenant_id = $1 AND g.kind = '{_KIND}'
            UNION ALL {products.family_table}
        )""",
        alive="r.tenant_id = $1 AND r.company_id = $2",
        fields=kept.fields,
    )


async def groups(tx: Transaction, caller: Caller, ids: Sequence[UUID]) -> dict[UUID, Record[VariantGroup]]:
    """Also those that were deleted."""
    found = await registry.by_ids(tx, caller, VARIANT_GROUP, ids)
    others = [id for id in ids if id not in found]
    if not others:
        return found
    families = await products.families(tx, caller, others)
    known = await connections.remote_ids(tx, caller.tenant, [_KIND], list(families))
    for id, record in families.items():
        mine = known.get(id, {}).get(caller.connection) if caller.connection else None
        found[id] = Record(
            id=id,
            number=record.number,
            version=record.version,
            created_at=record.created_at,
            created_by=record.created_by,
            changed_at=record.changed_at,
            changed_by=record.changed_by,
            value=_family(record.value, mine),
            deleted_at=record.deleted_at,
        )
    return found


async def change_family(tx: Transaction, caller: Caller, id: UUID, changes: Patch) -> None:
    """Lay a patch of a variant group over the product that it is."""
    await products.hold(tx, caller, id)
    before = (await groups(tx, caller, [id]))[id]
    if before.deleted_at is not None:
        raise Locked(_KIND, "was deleted")
    assert isinstance(before.value, Family)  # noqa: S101 - no other has the id of a product
    patch = {name: value for name, value in changes.items() if name not in ("remote_id", "told_apart_by")}
    if "told_apart_by" in changes:
        patch["options"] = _options(before.value, changes["told_apart_by"])
    await products.change(tx, caller, id, patch)
    known, wanted = before.value.remote_id, changes.get("remote_id", before.value.remote_id)
    if wanted != known:
        await connections.set_remote_id(tx, caller, _KIND, id, wanted, exclusive=True)
        await products.touch(tx, caller, id, [Change("remote_id", known, wanted)])


def _options(before: Family, wanted: Sequence[UUID]) -> Merge:
    """Those that are wanted, after those that have no attribute's record: others wrote them."""
    kept: list[Patch] = [{"id": option.id} for option in before.options if option.attribute_id is None]
    return Merge([*kept, *({"attribute_id": id} for id in wanted)], keys=("id", "attribute_id"), whole=True)


def _family(product: Product, remote_id: str | None) -> Family:
    return Family(
        content=product.content,
        alternates=product.alternates,
        told_apart_by=tuple(each.attribute_id for each in product.options if each.attribute_id is not None),
        options=product.options,
        attributes=product.attributes,
        media=product.media,
        source=product.source,
        custom=product.custom,
        remote_id=remote_id,
    )
