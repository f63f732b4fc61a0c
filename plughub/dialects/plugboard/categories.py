"""Categories (specification 12.2)."""

from typing import Any
from uuid import UUID

from plughub.core import products
from plughub.core.errors import Missing
from plughub.core.hub import Transaction
from plughub.core.patch import Patch
from plughub.core.products import CategoryNode
from plughub.core.record import Record
from plughub.dialects.plugboard import custom, refs, texts
from plughub.dialects.plugboard.query import Column
from plughub.dialects.plugboard.resource import Body, Resource
from plughub.dialects.plugboard.scene import Scene, remote_id

PATH = "product/category"


async def _to_core(tx: Transaction, scene: Scene, body: Body, stored: CategoryNode | None) -> Patch:
    before = stored.names if stored else {}
    names = texts.read("name", body, before, scene.language)
    if not any(({**before, **names}).values()):
        raise Missing("name", "is required")
    patch: Patch = {**remote_id(body), **scene.source_code(body, stored.source if stored else None)}
    if names:
        # What was known from a path only is written down with the first change.
        patch["names"] = {**before, **names}
    if "parent" in body:
        patch["parent"] = None if body["parent"] is None else await _parent(tx, scene, body["parent"])
    if "customData" in body:
        patch["custom"] = custom.read(body["customData"], stored.custom if stored else {}, scene.connection_ids)
    return patch


async def _parent(tx: Transaction, scene: Scene, value: Any) -> UUID:
    id = await refs.named(tx, scene, value, "category", "parent")
    found = (await products.category_nodes(tx, scene.caller, [id])).get(id)
    if found is None or found.deleted_at is not None:
        raise refs.unknown("parent", value)
    return id


async def _create(tx: Transaction, scene: Scene, body: Body) -> UUID:
    return await products.create_category(tx, scene.caller, await _to_core(tx, scene, body, None))


async def _change(tx: Transaction, scene: Scene, id: UUID, body: Body) -> None:
    held = await products.hold_category(tx, scene.caller, id)
    await products.change_category(tx, scene.caller, id, await _to_core(tx, scene, body, held.value))


async def _delete(tx: Transaction, scene: Scene, id: UUID) -> None:
    await products.delete_category(tx, scene.caller, id)


def _write(scene: Scene, record: Record[CategoryNode]) -> dict[str, Any]:
    node = record.value
    return {
        **scene.common(PATH, record, node.source),
        **texts.write("name", node.names, scene.language),
        "parent": None if node.parent is None else {"localId": node.parent.hex},
        "customData": custom.write(node.custom),
    }


CATEGORIES: Resource[CategoryNode] = Resource(
    path=PATH,
    name="Category",
    kinds=("category",),
    source=lambda caller: products.category_source(caller.language),
    columns=lambda caller: {"name": Column("name", is_sortable=True)},
    fetch=products.category_nodes,
    create=_create,
    change=_change,
    delete=_delete,
    write=_write,
    fields={**texts.schema("name"), "parent": refs.SCHEMA},
)
