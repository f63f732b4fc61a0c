"""References: `{"localId": ...}` or `{"remoteId": ...}` (specification 5)."""

from typing import Any
from uuid import UUID

from plughub.core import connections, ids, registry
from plughub.core.hub import Transaction
from plughub.core.registry import Kind
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.scene import Scene

SCHEMA: dict[str, Any] = {
    "type": ["object", "null"],
    "properties": {"localId": {"type": ["string", "null"]}, "remoteId": {"type": ["string", "null"]}},
}


async def named(tx: Transaction, scene: Scene, value: Any, kind: str, where: str) -> UUID:
    """The id that a reference names; whether such a record is there has still to be seen."""
    if not isinstance(value, dict) or not (value.get("localId") or value.get("remoteId")):
        raise Bad(where, "must be an object with localId or remoteId", "FieldType", value)
    if value.get("localId"):
        try:
            return ids.from_hex32(value["localId"])
        except (ValueError, TypeError):
            raise unknown(f"{where}.localId", value["localId"]) from None
    remote = value["remoteId"]
    id = await connections.record_of(tx, scene.caller, kind, remote) if isinstance(remote, str) else None
    if id is None:
        raise unknown(f"{where}.remoteId", remote)
    return id


async def entry(tx: Transaction, scene: Scene, value: Any, kind: Kind[Any], where: str) -> UUID:
    """The id of a live record of the registry that a reference names."""
    id = await named(tx, scene, value, kind.name, where)
    found = (await registry.by_ids(tx, scene.caller, kind, [id])).get(id)
    if found is None or found.deleted_at is not None:
        raise unknown(where, value)
    return id


def unknown(where: str, value: Any) -> Bad:
    return Bad(where, "names a record that is not there", "ReferenceUnknown", value)
