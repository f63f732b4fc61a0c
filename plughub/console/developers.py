"""For those who write clients: references, addresses, and the request log of all connections."""

from contextlib import suppress
from uuid import UUID

import msgspec

from plughub.console import curl
from plughub.console.connections import base_url
from plughub.console.rendering import page
from plughub.console.visit import Page, Visit
from plughub.core import connections, ids, traffic
from plughub.core.errors import NotFound
from plughub.core.ids import ConnectionId
from plughub.core.traffic import Wanted
from plughub.web import Reply

_ROWS = 50


async def get_developers(visit: Visit) -> Reply:
    """The log as the address asks for it. `q`: a request's id, or what a path names, such as a SKU."""
    tenant, query = visit.tenant.id, visit.query
    wanted = Wanted(query["show"]) if query.get("show") in list(Wanted) else Wanted.ALL
    connection, before = _id(query.get("connection", "")), _id(query.get("before", ""))
    text = query.get("q", "").strip()
    async with visit.hub.read(tenant) as tx:
        if (id := _id(text)) is not None:
            with suppress(NotFound):
                return visit.go(visit.url("developers", "requests", (await traffic.request(tx, tenant, id)).id.hex))
        known = await connections.connections(tx, tenant)
        found = await traffic.requests(
            tx, tenant, wanted=wanted, connection=ConnectionId(connection) if connection else None,
            subject=text or None, before=before, limit=_ROWS + 1,
        )  # fmt: skip
    dialects = [(one, base_url(visit, one)) for one in visit.house.dialects.values()]
    return page(
        visit, "developers.html", dialects=dialects, connections=known, names={one.id: one.name for one in known},
        requests=found[:_ROWS], wanted=wanted, chosen=query.get("connection", ""), text=text,
        is_narrowed=bool(text or connection or wanted is not Wanted.ALL),
        older=visit.again(before=found[_ROWS - 1].id.hex) if len(found) > _ROWS else "",
        newest=visit.again(before=None) if before else "",
    )  # fmt: skip


async def get_request(visit: Visit) -> Reply:
    id = _id(visit.path("request"))
    if id is None:
        raise NotFound("request", visit.path("request"))
    async with visit.hub.read(visit.tenant.id) as tx:
        found = await traffic.request(tx, visit.tenant.id, id)
        connection = await connections.by_id(tx, visit.tenant.id, found.connection)
    dialect = visit.house.dialects.get(connection.dialect)
    return page(
        visit, "request.html", request=found, connection=connection, dialect=dialect,
        sent=_pretty(found.sent), answer=_pretty(found.answer),
        curl=curl.command(dialect, visit.house.base_url, found) if dialect else "",
    )  # fmt: skip


def _id(text: str) -> UUID | None:
    try:
        return ids.from_hex32(text.replace("-", ""))
    except ValueError:
        return None


def _pretty(text: str) -> str:
    """JSON with a line for each member; anything else, and what was cut off, as it is."""
    try:
        return msgspec.json.format(text.encode(), indent=2).decode()
    except (msgspec.DecodeError, RecursionError):
        return text


PAGES = (
    Page("GET", "/{shop}/developers", get_developers),
    Page("GET", "/{shop}/developers/requests/{request}", get_request),
)
