"""The tenant's connections, to be read only (specification 17)."""

from typing import Any

from plughub.core import connections
from plughub.core.connections import Connection
from plughub.core.errors import NotFound
from plughub.dialects.plugboard.kinds import write_moment
from plughub.dialects.plugboard.resource import local_id
from plughub.dialects.plugboard.scene import Scene, connection_type
from plughub.web.call import Call, Reply, json_reply

PATH = "connection"

_TRANSFER: dict[str, Any] = {
    "type": ["object", "null"],
    "properties": {
        "startTime": {"type": "string", "format": "date-time"},
        "endTime": {"type": ["string", "null"], "format": "date-time"},
        "transferReportId": {"type": "string"},
        "numConsidered": {"type": "integer"},
        "numFailed": {"type": "integer"},
        "sessionErrors": {"type": "array", "items": {"type": "string"}},
    },
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "href": {"type": "string"},
        "localId": {"type": "string"},
        "connectionName": {"type": "string"},
        "connectionType": {"type": "string", "description": "api, or the name of another wire"},
        "active": {"type": "boolean"},
        "created": {"type": "string", "format": "date-time"},
        "latestTransferStatus": {
            "type": "object",
            "description": "name of a plug, such as OrderImport -> its last transfers; empty where none has run",
            "additionalProperties": {
                "type": "object",
                "properties": {"lastTransfer": _TRANSFER, "lastSuccessfulTransfer": _TRANSFER},
            },
        },
    },
}


async def get_connections(call: Call) -> Reply:
    return json_reply([_shown(Scene(call), one) for one in await _all(call)])


async def get_connection(call: Call) -> Reply:
    id = local_id(call)
    found = next((one for one in await _all(call) if one.id == id), None)
    if found is None:
        raise NotFound("connection", id)
    return json_reply(_shown(Scene(call), found))


async def _all(call: Call) -> list[Connection]:
    tenant = call.identity.caller.tenant
    async with call.hub.read(tenant) as tx:
        return await connections.connections(tx, tenant)


def _shown(scene: Scene, connection: Connection) -> dict[str, Any]:
    return {
        "href": scene.href(PATH, connection.id),
        "localId": connection.id.hex,
        "connectionName": connection.name,
        "connectionType": connection_type(connection.dialect),
        "active": connection.state == "active",
        "created": write_moment(connection.created_at),
        # Clients call the hub; it moves nothing of its own between systems that could be told of here.
        "latestTransferStatus": {},
    }
