"""The API root, where clients test their credentials, and the list of errors (specification 2.1 and 3.1)."""

from plughub.core import codes, connections
from plughub.dialects.plugboard.auth import NAME
from plughub.dialects.plugboard.catalogue import listing
from plughub.dialects.plugboard.kinds import write_moment
from plughub.web.call import Call, Reply, json_reply

_VERSION = 7


async def get_root(call: Call) -> Reply:
    identity, base = call.identity, f"{call.mount}/api"
    tenant = identity.tenant
    language = codes.language3(identity.caller.language)
    async with call.hub.read(tenant.id) as tx:
        known = await connections.connections(tx, tenant.id)
        mine = next(one for one in known if one.id == identity.connection)
        user = await connections.user(tx, mine)
    return json_reply(
        {
            "href": f"{base}/",
            "apiVersion": _VERSION,
            "serverTime": write_moment(call.hub.now()),
            "tenant": {"codeName": tenant.code, "name": tenant.name},
            "user": {"login": user.username if user else None, "defaultLanguage": language},
            "defaultLanguage": language,
            "languages": list(dict.fromkeys((language, codes.language3(tenant.language)))),
            "connection": {"connectionId": mine.id.hex, "connectionName": mine.name, "connectionType": "api"},
            "resources": {path: f"{base}/{path}" for path in PATHS},
            "dialect": NAME,
        }
    )


async def get_errors(call: Call) -> Reply:
    return json_reply(listing())


#: Filled where the resources are listed.
PATHS: list[str] = []
