"""Variant groups: products that buyers see as one (specification 12.2).

A product with variations of another wire is one, too: the variations are its products.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from plughub.core import catalogue, files, products, registry
from plughub.core.catalogue import ATTRIBUTE, VARIANT_GROUP, Family, VariantGroup
from plughub.core.errors import Locked
from plughub.core.hub import Transaction
from plughub.core.patch import Patch
from plughub.core.record import Record
from plughub.dialects.plugboard import attribute_values, content, custom, entries, picture_wire, refs
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.resource import Body, Resource
from plughub.dialects.plugboard.scene import Scene

PATH = "product/variantgroup"

FIELDS: dict[str, dict[str, Any]] = {
    **content.SCHEMA,
    "attributes": {"type": ["array", "null"], "items": refs.SCHEMA},
    "attributeValues": attribute_values.SCHEMA,
    **picture_wire.FIELDS,
    "products": {"type": "array", "items": refs.SCHEMA, "readOnly": True},
}


async def _to_core(tx: Transaction, scene: Scene, body: Body, stored: VariantGroup | None) -> Patch:
    patch = await content.to_core(
        tx, scene, body, stored.content if stored else {}, stored.alternates if stored else {}
    )
    if "attributes" in body:
        patch["told_apart_by"] = await _attributes(tx, scene, body["attributes"])
    if "attributeValues" in body:
        before = stored.attributes if stored else ()
        patch["attributes"] = await attribute_values.to_core(tx, scene, body["attributeValues"], before)
    return {**patch, **entries.common(scene, body, stored)}


async def _attributes(tx: Transaction, scene: Scene, value: Any) -> tuple[UUID, ...]:
    if not isinstance(value, list | None):
        raise Bad("attributes", "must be a list", "FieldType", value)
    found = [
        await refs.entry(tx, scene, reference, ATTRIBUTE, f"attributes[{at}]")
        for at, reference in enumerate(value or ())
    ]
    return tuple(dict.fromkeys(found))


async def _create(tx: Transaction, scene: Scene, body: Body) -> UUID:
    patch = await _to_core(tx, scene, body, None)
    return (await registry.create(tx, scene.caller, VARIANT_GROUP, patch)).id


async def _change(tx: Transaction, scene: Scene, id: UUID, body: Body) -> None:
    held = await _held(tx, scene, id)
    patch = await _to_core(tx, scene, body, held.value)
    if isinstance(held.value, Family):
        await catalogue.change_family(tx, scene.caller, id, patch)
    else:
        await registry.change(tx, scene.caller, VARIANT_GROUP, id, patch)


async def _held(tx: Transaction, scene: Scene, id: UUID) -> Record[VariantGroup]:
    """The group as it stays until this transaction ends."""
    if isinstance((await catalogue.groups(tx, scene.caller, [id]))[id].value, Family):
        await products.hold(tx, scene.caller, id)
    else:
        await registry.hold(tx, scene.caller, VARIANT_GROUP, id)
    return (await catalogue.groups(tx, scene.caller, [id]))[id]


async def _delete(tx: Transaction, scene: Scene, id: UUID) -> None:
    await _held(tx, scene, id)
    if await products.in_groups(tx, scene.caller, [id]):
        raise Locked("variant_group", "The variant group still has products")
    await registry.delete(tx, scene.caller, VARIANT_GROUP, id)
    await files.forget_group(tx, scene.caller, id)


async def _learn(tx: Transaction, scene: Scene, records: Sequence[Record[VariantGroup]]) -> None:
    scene.members |= await products.in_groups(tx, scene.caller, [record.id for record in records])


def _write(scene: Scene, record: Record[VariantGroup]) -> dict[str, Any]:
    noun = record.value
    return {
        **scene.common(PATH, record, noun.source),
        **content.from_core(scene, noun.content, noun.alternates),
        "attributes": [{"localId": id.hex} for id in noun.told_apart_by],
        "attributeValues": attribute_values.from_core(scene, noun.attributes),
        "pictures": picture_wire.write(scene, noun.media),
        "products": [{"localId": id.hex} for id in scene.members.get(record.id, ())],
        "customData": custom.write(noun.custom),
    }


VARIANT_GROUPS: Resource[VariantGroup] = Resource(
    path=PATH,
    name="VariantGroup",
    kinds=(VARIANT_GROUP.name, "product"),
    source=lambda caller: catalogue.group_source(),
    fetch=catalogue.groups,
    create=_create,
    change=_change,
    delete=_delete,
    write=_write,
    learn=_learn,
    fields=FIELDS,
)
