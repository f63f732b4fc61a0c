"""Connections: the list, letting a client in, and what its credentials are, shown once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plughub.console.errors import said
from plughub.console.rendering import page
from plughub.console.visit import Page, Visit
from plughub.core import connections, ids, traffic, webhooks
from plughub.core.connections import Connection, Credentials, Given
from plughub.core.errors import Invalid, NotFound, Refused
from plughub.core.hub import Transaction
from plughub.core.ids import ConnectionId
from plughub.core.tenants import Right
from plughub.core.traffic import Traffic
from plughub.core.webhooks import Standing, Subscription
from plughub.web import Dialect, Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A connection with what people ask about it first."""

    connection: Connection
    dialect: Dialect | None
    traffic: Traffic | None
    addresses: list[Subscription]
    standing: Standing

    @property
    def delivered_at(self) -> datetime | None:
        return max((one.delivered_at for one in self.addresses if one.delivered_at), default=None)

    @property
    def problems(self) -> list[str]:
        found = [f"{self.standing.dead} given up"] if self.standing.dead else []
        found += ["an address is paused" for one in self.addresses if one.paused_at][:1]
        found += ["an address fails" for one in self.addresses if one.failing_since and not one.paused_at][:1]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a client has to be told, in its vendor's words; the secrets are in clear."""

    connection: Connection
    dialect: Dialect
    base_url: str
    told: Mapping[str, Any]
    first_call: str


async def get_connections(visit: Visit) -> Reply:
    async with visit.hub.read(visit.tenant.id) as tx:
        found = await connections.connections(tx, visit.tenant.id)
        seen = await _seen(tx, visit, found)
    return page(visit, "connections.html", seen=sorted(seen, key=lambda one: one.connection.state == "revoked"))


async def _seen(tx: Transaction, visit: Visit, found: list[Connection]) -> list[Seen]:
    calls = await traffic.traffic(tx, visit.tenant.id, visit.hub.now())
    endpoints = [one for one in await webhooks.subscriptions(tx, visit.tenant.id) if one.is_active]
    standings = await webhooks.standings(tx, visit.tenant.id)
    return [_one(visit, one, calls.get(one.id), endpoints, standings) for one in found]


def _one(
    visit: Visit,
    connection: Connection,
    calls: Traffic | None,
    endpoints: list[Subscription],
    standings: Mapping[Any, Standing],
) -> Seen:
    addresses = [one for one in endpoints if one.connection == connection.id]
    standing = [standings.get(one.id, Standing()) for one in addresses]
    return Seen(
        connection=connection,
        dialect=visit.house.dialects.get(connection.dialect),
        traffic=calls,
        addresses=addresses,
        standing=Standing(waiting=sum(one.waiting for one in standing), dead=sum(one.dead for one in standing)),
    )


async def get_new(visit: Visit) -> Reply:
    return _form(visit, visit.house.dialects.get(visit.query.get("dialect", "")))


def _form(visit: Visit, dialect: Dialect | None, *, errors: Mapping[str, str] = {}, status: int = 200) -> Reply:
    return page(visit, "connection_new.html", status=status, dialect=dialect, typed=visit.form, errors=errors)


async def post_connection(visit: Visit) -> Reply:
    """The answer is the page with the secrets itself: they are never in an address, and nowhere afterwards."""
    dialect = visit.house.dialects.get(visit.form.get("dialect", ""))
    if dialect is None:
        raise Invalid("dialect", "is not one of those that can be chosen")
    try:
        chosen = {name: value for name, value in options(visit, dialect).items() if value is not None}
        async with visit.hub.change(visit.tenant.id) as tx:
            if dialect.client.check is not None:
                await dialect.client.check(tx, visit.caller, chosen)
            name = visit.form.get("name") or await connections.free_name(
                tx, visit.tenant.id, dialect.name, dialect.title
            )
            connection, made = await connections.create(
                tx, visit.hub.keys, visit.caller, dialect.name, name, given=_held(visit), settings=chosen
            )
            opened = await opening(tx, visit, connection, made)
    except Refused as error:
        return _form(visit, dialect, errors=at_field(error, "name"), status=said(error)[0])
    return page(visit, "credentials.html", opened=opened, is_new=True, since="", call=None)


def at_field(error: Refused, otherwise: str) -> dict[str, str]:
    """What is wrong, by the field that it is shown at."""
    if isinstance(error, Invalid) and error.field:
        return {error.field: error.reason[:1].upper() + error.reason[1:]}
    return {otherwise: said(error)[1]}


def _held(visit: Visit) -> Given:
    """Credentials that the client already holds."""
    names = ("client_id", "client_secret", "username", "password")
    return Given(**{name: visit.form[f"held_{name}"] for name in names if visit.form.get(f"held_{name}")})


def options(visit: Visit, dialect: Dialect) -> dict[str, Any]:
    """The options that the form has; None where one is left to the dialect."""
    chosen: dict[str, Any] = {}
    for name, values in dialect.client.options.items():
        if (value := visit.form.get(f"option_{name}")) is None:
            continue
        if value and values is not None and value not in values:
            raise Invalid(f"option_{name}", f"must be {' or '.join(values)}")
        chosen[name] = value or None
    return chosen


async def opening(tx: Transaction, visit: Visit, connection: Connection, made: Credentials) -> Opened:
    dialect = visit.house.dialects[connection.dialect]
    code = ""
    if dialect.lifetimes is not None:
        code = await connections.new_code(
            tx, visit.hub.keys, visit.caller, connection, life=dialect.lifetimes, now=visit.hub.now()
        )
    base = base_url(visit, dialect)
    told = dialect.client.credentials(visit.tenant, connection, made, code)
    return Opened(
        connection=connection,
        dialect=dialect,
        base_url=base,
        told=told,
        first_call=dialect.client.first_call(base, told),
    )


def base_url(visit: Visit, dialect: Dialect) -> str:
    return visit.house.base_url + dialect.mount + dialect.root


async def get_live(visit: Visit) -> Reply:
    """One line: whether the client has called, asked again by the page until it has."""
    connection = connection_id(visit)
    async with visit.hub.read(visit.tenant.id) as tx:
        found = (await traffic.traffic(tx, visit.tenant.id, visit.hub.now())).get(connection)
    since = visit.query.get("since", "")
    call = found.last if found and found.last.at.isoformat() > since else None
    return page(visit, "live.html", connection=connection.hex, call=call, since=since)


def connection_id(visit: Visit) -> ConnectionId:
    try:
        return ConnectionId(ids.from_hex32(visit.path("connection")))
    except ValueError:
        raise NotFound("connection") from None


PAGES = (
    Page("GET", "/{shop}/connections", get_connections),
    Page("GET", "/{shop}/connections/new", get_new, Right.CONNECTIONS),
    Page("POST", "/{shop}/connections", post_connection, Right.CONNECTIONS),
    Page("GET", "/{shop}/connections/{connection}/live", get_live),
)
