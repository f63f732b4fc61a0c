"""One connection: what its client does, what it is told, and whether it is let in."""

from collections.abc import Mapping
from datetime import timedelta

from plughub.console import connections as pages
from plughub.console.errors import said
from plughub.console.rendering import page
from plughub.console.visit import Page, Undo, Visit
from plughub.core import connections, traffic, webhooks
from plughub.core.connections import RECORD_UNTIL, Connection
from plughub.core.errors import Conflict, Invalid
from plughub.core.hub import Transaction
from plughub.core.tenants import Right
from plughub.core.traffic import Wanted
from plughub.web import Reply

#: Requests and deliveries that the page shows; the rest stands where all of them are.
_LATEST = 20
_WATCH = timedelta(hours=1)


async def get_connection(visit: Visit) -> Reply:
    return await shown(visit)


async def shown(
    visit: Visit, *, errors: Mapping[str, str] = {}, typed: Mapping[str, str] = {}, status: int = 200
) -> Reply:
    """The page; `errors` and what was typed stand in the form that was sent."""
    tenant, id = visit.tenant.id, pages.connection_id(visit)
    wanted = Wanted(visit.query["show"]) if visit.query.get("show") in list(Wanted) else Wanted.ALL
    async with visit.hub.read(tenant) as tx:
        connection = await connections.by_id(tx, tenant, id)
        user = await connections.user(tx, connection)
        calls = (await traffic.traffic(tx, tenant, visit.hub.now())).get(id)
        requests = await traffic.requests(tx, tenant, wanted=wanted, connection=id, limit=_LATEST)
        addresses = await webhooks.subscriptions(tx, tenant, id)
        standings = await webhooks.standings(tx, tenant) if addresses else {}
        told = await webhooks.deliveries(
            tx, tenant, webhooks.Wanted(subscriptions=[one.id for one in addresses]), limit=_LATEST
        ) if addresses else []  # fmt: skip
    dialect = visit.house.dialects.get(connection.dialect)
    until = connection.settings.get(RECORD_UNTIL)
    return page(
        visit, "connection.html", status=status, connection=connection, dialect=dialect, user=user, traffic=calls,
        base_url=pages.base_url(visit, dialect) if dialect else "", requests=requests, wanted=wanted,
        addresses=[one for one in addresses if one.is_active], urls={one.id: one.url for one in addresses},
        standings=standings, deliveries=told, style=(dialect and dialect.notify) or visit.house.styles["native"],
        is_watched=bool(until and visit.hub.now().isoformat() < until), held=_held(connection), errors=errors,
        typed=typed,
    )  # fmt: skip


def _held(connection: Connection) -> str:
    """The options as the form has them: somebody else's change in between is seen by it."""
    return "&".join(f"{name}={value}" for name, value in sorted(connection.settings.items()) if name != RECORD_UNTIL)


async def _of(tx: Transaction, visit: Visit) -> Connection:
    return await connections.by_id(tx, visit.tenant.id, pages.connection_id(visit))


def here(visit: Visit) -> str:
    return visit.url("connections", visit.path("connection"))


async def post_pause(visit: Visit) -> Reply:
    async with visit.hub.change(visit.tenant.id) as tx:
        connection = await _of(tx, visit)
        await connections.pause(tx, visit.caller, connection)
    undo = Undo(f"{here(visit)}/resume", {})
    return visit.go(here(visit), f"“{connection.name}” is paused: its calls are refused from now on.", undo=undo)


async def post_resume(visit: Visit) -> Reply:
    async with visit.hub.change(visit.tenant.id) as tx:
        connection = await _of(tx, visit)
        await connections.resume(tx, visit.caller, connection)
    undo = Undo(f"{here(visit)}/pause", {})
    return visit.go(here(visit), f"“{connection.name}” is let in again.", undo=undo)


async def post_rotate(visit: Visit) -> Reply:
    """The answer is the page with the new secrets."""
    since = visit.hub.now().isoformat()
    async with visit.hub.change(visit.tenant.id) as tx:
        connection = await _of(tx, visit)
        made = await connections.rotate(tx, visit.hub.keys, visit.caller, connection)
        opened = await pages.opening(tx, visit, connection, made)
    return page(visit, "credentials.html", opened=opened, is_new=False, since=since, call=None)


async def post_code(visit: Visit) -> Reply:
    """The answer is the page with the code."""
    async with visit.hub.change(visit.tenant.id) as tx:
        connection = await _of(tx, visit)
        life = visit.house.dialects[connection.dialect].lifetimes
        if life is None:
            raise Conflict("clients of this vendor send their password: they need no code")
        code = await connections.new_code(tx, visit.hub.keys, visit.caller, connection, life=life, now=visit.hub.now())
    minutes = int(life.code.total_seconds() // 60)
    return page(visit, "code.html", connection=connection, code=code, minutes=minutes)


async def post_revoke(visit: Visit) -> Reply:
    """For ever, so the name has to be typed."""
    async with visit.hub.change(visit.tenant.id) as tx:
        connection = await _of(tx, visit)
        is_meant = visit.form.get("name", "") == connection.name
        if is_meant:
            await connections.revoke(tx, visit.caller, connection)
    if not is_meant:
        return await shown(visit, errors={"name": "This is not its name; nothing was changed."}, status=400)
    return visit.go(visit.url("connections"), f"“{connection.name}” is let in no more; all it sent is still here.")


async def post_options(visit: Visit) -> Reply:
    try:
        async with visit.hub.change(visit.tenant.id) as tx:
            connection = await _of(tx, visit)
            dialect = visit.house.dialects[connection.dialect]
            if visit.form.get("held") != _held(connection):
                raise Conflict("somebody else changed these options meanwhile: they are shown as they are now")
            chosen = pages.options(visit, dialect)
            if dialect.client.check is not None:
                await dialect.client.check(tx, visit.caller, {k: v for k, v in chosen.items() if v is not None})
            is_news = await connections.set_options(tx, visit.caller, connection, chosen)
    except (Invalid, Conflict) as error:
        errors = pages.at_field(error, "options")
        return await shown(visit, errors=errors, typed=visit.form, status=said(error)[0])
    return visit.go(here(visit), "The options count from now on." if is_news else "Nothing changed.")


async def post_watch(visit: Visit) -> Reply:
    """Keep reads in the request log, too, for an hour; or no longer."""
    is_on = bool(visit.form.get("on"))
    until = (visit.hub.now() + _WATCH).isoformat() if is_on else None
    async with visit.hub.change(visit.tenant.id) as tx:
        await connections.set_options(tx, visit.caller, await _of(tx, visit), {RECORD_UNTIL: until})
    said_so = "For an hour every request is kept." if is_on else "Reads that go well are only counted again."
    return visit.go(here(visit), said_so)


PAGES = (
    Page("GET", "/{shop}/connections/{connection}", get_connection),
    Page("POST", "/{shop}/connections/{connection}/pause", post_pause, Right.CONNECTIONS),
    Page("POST", "/{shop}/connections/{connection}/resume", post_resume, Right.CONNECTIONS),
    Page("POST", "/{shop}/connections/{connection}/rotate", post_rotate, Right.CONNECTIONS),
    Page("POST", "/{shop}/connections/{connection}/code", post_code, Right.CONNECTIONS),
    Page("POST", "/{shop}/connections/{connection}/revoke", post_revoke, Right.CONNECTIONS),
    Page("POST", "/{shop}/connections/{connection}/options", post_options, Right.CONNECTIONS),
    Page("POST", "/{shop}/connections/{connection}/watch", post_watch, Right.CONNECTIONS),
)
