"""The routes of pictures: files that a product or a variant group shows, in order (specification 13)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from plughub.core import files, ids, products, registry
from plughub.core.catalogue import VARIANT_GROUP
from plughub.core.errors import Locked, NotFound
from plughub.core.hub import Transaction
from plughub.core.patch import Merge
from plughub.core.products import Media
from plughub.dialects.plugboard import bodies, picture_wire, refs
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.products import PRODUCTS, held
from plughub.dialects.plugboard.resource import Resource, local_id
from plughub.dialects.plugboard.scene import Scene
from plughub.dialects.plugboard.variant_groups import VARIANT_GROUPS
from plughub.web.call import Call, Reply, to_json
from plughub.web.dialect import Handler

_MOST = 10_000

#: What is to be shown, given what is shown now.
Wanted = Callable[[list[UUID]], list[UUID]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A record type that has pictures."""

    resource: Resource[Any]
    #: The record's pictures now.
    shown: Callable[[Any], tuple[Media, ...]]
    #: The same, and they stay until the transaction ends.
    held: Callable[[Transaction, Scene, UUID], Awaitable[tuple[Media, ...]]]
    arrange: Callable[[Transaction, Scene, UUID, Merge], Awaitable[None]]


async def _hold_product(tx: Transaction, scene: Scene, id: UUID) -> tuple[Media, ...]:
    return (await held(tx, scene, id)).value.media


async def _arrange_product(tx: Transaction, scene: Scene, id: UUID, media: Merge) -> None:
    single = (await held(tx, scene, id)).value
    patch = {"variants": Merge([{"id": id, "media": media}])} if single.is_variation else {"media": media}
    await products.change(tx, scene.caller, single.product_id, patch)


async def _hold_group(tx: Transaction, scene: Scene, id: UUID) -> tuple[Media, ...]:
    return (await registry.hold(tx, scene.caller, VARIANT_GROUP, id)).value.media


async def _arrange_group(tx: Transaction, scene: Scene, id: UUID, media: Merge) -> None:
    await files.arrange_group(tx, scene.caller, id, media)


OWNERS = (
    Owner(resource=PRODUCTS, shown=lambda one: one.media, held=_hold_product, arrange=_arrange_product),
    Owner(resource=VARIANT_GROUPS, shown=lambda one: one.media, held=_hold_group, arrange=_arrange_group),
)


def get(owner: Owner) -> Handler:
    async def get_pictures(call: Call) -> Reply:
        async with call.hub.read(call.identity.caller.tenant) as tx:
            scene = Scene(call)
            record = await owner.resource.record(tx, scene, await _named(tx, call, owner))
        return Reply(200, to_json(picture_wire.write(scene, owner.shown(record.value))))

    return get_pictures


def post(owner: Owner) -> Handler:
    """Appends; a file that is shown already is left as it is."""

    async def post_pictures(call: Call) -> Reply:
        named = _read(call)
        return await _arranged(call, owner, named, lambda shown: [*shown, *named])

    return post_pictures


def put(owner: Owner) -> Handler:
    async def put_pictures(call: Call) -> Reply:
        named = _read(call)
        return await _arranged(call, owner, named, lambda shown: named)

    return put_pictures


def delete(owner: Owner) -> Handler:
    async def delete_picture(call: Call) -> Reply:
        file = local_id(call, "fileId")

        def without(shown: list[UUID]) -> list[UUID]:
            if file not in shown:
                raise NotFound("picture", file)
            return [one for one in shown if one != file]

        return await _arranged(call, owner, [], without)

    return delete_picture


async def _arranged(call: Call, owner: Owner, named: Sequence[UUID], wanted: Wanted) -> Reply:
    async with call.hub.change(call.identity.caller.tenant) as tx:
        scene = Scene(call)
        id = await _named(tx, call, owner)
        record = await owner.resource.record(tx, scene, id)
        if record.deleted_at is not None:
            raise Locked(owner.resource.kinds[0], "was deleted")
        found = await files.hold(tx, scene.caller, named)
        media = await owner.held(tx, scene, id)
        shown = [one.file for one in media if one.file is not None]
        for at, file in enumerate(named):
            if file not in found and file not in shown:
                raise refs.unknown(f"[{at}].fileId", file.hex)
        await owner.arrange(tx, scene, id, files.arranged(media, wanted(shown), found))
        record = await owner.resource.record(tx, scene, id)
    return Reply(200, to_json(picture_wire.write(scene, owner.shown(record.value))))


async def _named(tx: Transaction, call: Call, owner: Owner) -> UUID:
    if "localId" in call.route:
        return local_id(call)
    return await owner.resource.by_remote_id(tx, call)


def _read(call: Call) -> list[UUID]:
    """The files in the body; one object is a list of one."""
    body = bodies.read_any(call)
    elements = [body] if isinstance(body, dict) else body
    if not isinstance(elements, list):
        raise Bad("", "must be a list of objects with fileId", "FieldType", body)
    if len(elements) > _MOST:
        raise Bad("", f"must have at most {_MOST} elements", "FieldRange")
    return [_file(element, f"[{at}]") for at, element in enumerate(elements)]


def _file(element: Any, where: str) -> UUID:
    if not isinstance(element, dict):
        raise Bad(where, "must be an object with fileId", "FieldType", element)
    value = element.get("fileId")
    if value is None:
        raise Bad(f"{where}.fileId", "is required", "FieldRequired")
    if not isinstance(value, str):
        raise Bad(f"{where}.fileId", "must be a string", "FieldType", value)
    try:
        return ids.from_hex32(value)
    except ValueError:
        raise refs.unknown(f"{where}.fileId", value) from None
