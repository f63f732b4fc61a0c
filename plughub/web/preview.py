"""What a client would be answered, for people who want to see it: the dialect's own handler, asked from inside."""

import re
from uuid import UUID

from plughub.core.errors import HubError
from plughub.core.tenants import Identity
from plughub.web.call import Call, Reply
from plughub.web.dialect import Dialect, HttpFault
from plughub.web.rendered import Rendered

_BRACES = re.compile(r"\{(\w+)\}")


def address(dialect: Dialect, kind: str, id: UUID) -> str:
    """Where a client reads this record: below the hub's address, with the dialect's mount point."""
    reading = dialect.readings[kind]
    return dialect.mount + _BRACES.sub(reading.spell(id), reading.path)


async def preview(dialect: Dialect, asked: Call, origin: str, identity: Identity, kind: str, id: UUID) -> Reply:
    """The answer to a GET of one record by this client; a refusal in the dialect's own shape. Nothing is kept.

    `origin` is what clients are told to call.
    """
    reading = dialect.readings[kind]
    handler = next(route.handler for route in dialect.routes if (route.method, route.path) == ("GET", reading.path))
    path = _BRACES.sub(reading.spell(id), reading.path)
    call = Call(
        asked.hub, asked.tokenbook, Rendered(0), asked.outbound, "GET", path, b"", {}, b"",
        mount=dialect.mount, origin=origin,
    )  # fmt: skip
    call.route = dict.fromkeys(_BRACES.findall(reading.path), reading.spell(id))
    call.identity = identity
    try:
        return await handler(call)
    except (HubError, HttpFault) as refusal:
        return dialect.spell(refusal)
