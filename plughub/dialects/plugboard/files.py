"""Files and their contents (specification 13)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from plughub.core import files, registry
from plughub.core.caller import Caller
from plughub.core.errors import Invalid, Missing
from plughub.core.files import FILE, File
from plughub.core.hub import Transaction
from plughub.core.patch import Patch
from plughub.core.record import Record
from plughub.dialects.plugboard import custom, entries
from plughub.dialects.plugboard.errors import Bad, Wrong
from plughub.dialects.plugboard.kinds import BOOL, CODE, Code
from plughub.dialects.plugboard.resource import Body, Resource, local_id
from plughub.dialects.plugboard.scene import Scene, required
from plughub.web import files as served
from plughub.web.call import Call, Reply, to_json
from plughub.web.wire import Field, Shape

PATH = "file"


class MediaType(Code):
    def read(self, value: Any) -> str:
        text = Code.read(self, value)
        try:
            files.check_type(text)
        except Invalid as error:
            raise Bad("", error.reason, "FieldRange", value) from error
        return text


SHAPE = Shape(
    Field("name", "name", CODE),
    Field("mimeType", "type", MediaType(), about="as you declare it; see publicUrl for what browsers are told"),
    Field("publicAccess", "is_public", BOOL, about="whether whoever has publicUrl may read the file"),
)
_SHOWN: dict[str, dict[str, Any]] = {
    "size": {"type": ["integer", "null"], "description": "bytes; null until there is a content", "readOnly": True},
    "sha256": {"type": ["string", "null"], "readOnly": True},
    "publicUrl": {
        "type": ["string", "null"],
        "description": "needs no credentials; pictures are shown, anything else is an attachment",
        "readOnly": True,
    },
}


async def put_data(call: Call) -> Reply:
    """Whatever the Content-Type says, the body is the content (C)."""
    id = local_id(call)
    caller = call.identity.caller
    try:
        await files.upload(call.hub, caller, id, call.parts)
    except Missing as error:
        raise Wrong("BodyMissing", "Send the file's bytes as the body") from error
    async with call.hub.read(caller.tenant) as tx:
        return Reply(200, to_json(await FILES.shown(tx, Scene(call), id)))


async def get_data(call: Call) -> Reply:
    id = local_id(call)
    tenant = call.identity.caller.tenant
    for _ in range(2):
        async with call.hub.read(tenant) as tx:
            record = await FILES.record(tx, Scene(call), id)
        file = record.value
        parts = None if record.deleted_at is not None else await served.content(call, tenant, file)
        if parts is not None:
            return served.private(file, parts)
    raise Wrong("NoFileData")


def _to_core(scene: Scene, body: Body, stored: File | None) -> Patch:
    for name in ("name", "mimeType"):
        required(body, name, is_new=stored is None)
    return {**SHAPE.read(body)[0], **entries.common(scene, body, stored)}


async def _create(tx: Transaction, scene: Scene, body: Body) -> UUID:
    return (await files.create(tx, scene.caller, _to_core(scene, body, None))).id


async def _change(tx: Transaction, scene: Scene, id: UUID, body: Body) -> None:
    held = await registry.hold(tx, scene.caller, FILE, id)
    await files.change(tx, scene.caller, id, _to_core(scene, body, held.value))


async def _delete(tx: Transaction, scene: Scene, id: UUID) -> None:
    await files.delete(tx, scene.caller, id)


async def _fetch(tx: Transaction, caller: Caller, ids: Sequence[UUID]) -> dict[UUID, Record[File]]:
    return await registry.by_ids(tx, caller, FILE, ids)


def _write(scene: Scene, record: Record[File]) -> dict[str, Any]:
    file = record.value
    is_open = file.is_public and record.deleted_at is None
    return {
        **scene.common(PATH, record, file.source),
        **SHAPE.write(file),
        "size": file.size,
        "sha256": file.sha256,
        "publicUrl": scene.call.mount + served.public_path(record.id.hex, file.name) if is_open else None,
        "customData": custom.write(file.custom),
    }


FILES: Resource[File] = Resource(
    path=PATH,
    name="File",
    kinds=(FILE.name,),
    source=lambda caller: registry.source(FILE.name),
    fetch=_fetch,
    create=_create,
    change=_change,
    delete=_delete,
    write=_write,
    fields={**SHAPE.schema()["properties"], **_SHOWN},
)
