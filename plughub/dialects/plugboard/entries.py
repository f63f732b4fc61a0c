"""Resources over `core/registry`: a kind, a translation each way, and the rest follows."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from plughub.core import registry
from plughub.core.caller import Caller
from plughub.core.hub import Transaction
from plughub.core.patch import Patch
from plughub.core.record import Record
from plughub.core.registry import AnyEntry, Kind, Leaf
from plughub.dialects.plugboard import bodies, custom
from plughub.dialects.plugboard.query import Column
from plughub.dialects.plugboard.resource import Body, Resource
from plughub.dialects.plugboard.scene import Scene, remote_id


def resource(
    kind: Kind[AnyEntry],
    *,
    path: str,
    name: str,
    fields: Mapping[str, dict[str, Any]],
    to_core: Callable[[Scene, Body, AnyEntry | None], Patch],
    from_core: Callable[[Scene, AnyEntry], dict[str, Any]],
    columns: Callable[[Caller], Mapping[str, Column]] = lambda caller: {},
    leaves: Callable[[Caller], Mapping[str, Leaf]] = lambda caller: {},
    look_up: Callable[[Transaction, Scene, Body, AnyEntry | None], Awaitable[Patch]] | None = None,
    before_delete: Callable[[Transaction, Scene, UUID], Any] | None = None,
) -> Resource[AnyEntry]:
    """`to_core`: body and stored noun (None when new) -> patch, without the common fields. `leaves`: where the
    document has what the columns ask for. `look_up`: more of the patch, for which other records are asked.
    `before_delete` refuses by raising."""

    async def fetch(tx: Transaction, caller: Caller, ids: Sequence[UUID]) -> dict[UUID, Record[AnyEntry]]:
        return await registry.by_ids(tx, caller, kind, ids)

    async def create(tx: Transaction, scene: Scene, body: Body) -> UUID:
        patch = {**to_core(scene, body, None), **common(scene, body, None)}
        patch |= await look_up(tx, scene, body, None) if look_up else {}
        return (await registry.create(tx, scene.caller, kind, patch)).id

    async def change(tx: Transaction, scene: Scene, id: UUID, body: Body) -> None:
        held = await registry.hold(tx, scene.caller, kind, id)
        # Sent as it is shown is not sent: a moment, say, is shown in whole seconds and kept to the microsecond.
        body = bodies.unlike(body, from_core(scene, held.value))
        patch = {**to_core(scene, body, held.value), **common(scene, body, held.value)}
        patch |= await look_up(tx, scene, body, held.value) if look_up else {}
        await registry.change(tx, scene.caller, kind, id, patch)

    async def delete(tx: Transaction, scene: Scene, id: UUID) -> None:
        if before_delete is not None:
            await before_delete(tx, scene, id)
        await registry.delete(tx, scene.caller, kind, id)

    def write(scene: Scene, record: Record[AnyEntry]) -> dict[str, Any]:
        noun = record.value
        return {
            **scene.common(path, record, noun.source),
            **from_core(scene, noun),
            "customData": custom.write(noun.custom),
        }

    return Resource(
        path=path,
        name=name,
        kinds=(kind.name,),
        source=lambda caller: registry.source(kind.name, leaves(caller)),
        columns=columns,
        fetch=fetch,
        create=create,
        change=change,
        delete=delete,
        write=write,
        fields=fields,
    )


def common(scene: Scene, body: Body, stored: AnyEntry | None) -> Patch:
    """The patch of what every record has."""
    patch: Patch = {**remote_id(body), **scene.source_code(body, stored.source if stored else None)}
    if "customData" in body:
        patch["custom"] = custom.read(body["customData"], stored.custom if stored else {}, scene.connection_ids)
    return patch
