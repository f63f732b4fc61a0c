"""`plughub connection`: the clients that a tenant lets in, and their credentials."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plughub import config
from plughub.cli import finding, given, options
from plughub.cli.asking import ask, facts, show, table, text
from plughub.cli.errors import CommandError
from plughub.cli.options import Commands
from plughub.config import Settings
from plughub.core import connections, webhooks
from plughub.core.caller import Caller
from plughub.core.connections import Connection, ConnectionUser, Credentials, Given
from plughub.core.hub import Hub, Transaction
from plughub.core.tenants import Access, Tenant
from plughub.web.dialect import Dialect


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A connection and what its client needs; the secrets are in clear."""

    tenant: Tenant
    connection: Connection
    credentials: Credentials
    code: str
    base_url: str


def add(commands: Commands) -> None:
    family = commands.add_parser("connection", help="let clients in, and keep them out").add_subparsers(
        metavar="COMMAND", required=True
    )
    parser = family.add_parser("create", help="credentials for a client")
    parser.add_argument("dialect", metavar="DIALECT", help="the API that the client speaks, such as pluggto")
    parser.add_argument("--name", type=text, help="what people call it (the vendor's name, numbered)")
    parser.add_argument("--credentials", type=Path, metavar="FILE", help="JSON with credentials the client holds")
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="may be repeated")
    parser.add_argument("--notify", metavar="URL", help="tell this address of changes that others make")
    _finish(parser, create)
    _finish(family.add_parser("list", help="all connections of a tenant"), list_)
    for word, func, what in (
        ("show", show_, "one connection, without its secrets"),
        ("option", option, "how this client is treated, as at `create --option`"),
        ("user", user, "what its client may do, and the language it is spoken to in"),
        ("rotate", rotate, "new secrets; the old ones and all tokens end"),
        ("revoke", revoke, "let this client in no more"),
        ("code", code, "a fresh authorisation code"),
    ):
        parser = family.add_parser(word, help=what)
        parser.add_argument("name", metavar="NAME", type=text)
        parser.add_argument("--dialect", help="where two dialects have a connection of this name")
        if word == "option":
            parser.add_argument("option", nargs="+", metavar="NAME=VALUE", type=text)
        if word == "user":
            _permissions(parser)
        _finish(parser, func)


def _permissions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--language", type=text, metavar="CODE", help="ISO 639, such as sv (the tenant's)")
    parser.add_argument(
        "--permit",
        action="append",
        default=[],
        metavar="RESOURCE=read|write",
        help="may be repeated, and replaces what was permitted; all=write permits everything",
    )


def _finish(parser: argparse.ArgumentParser, func: Any) -> None:
    parser.add_argument("--tenant", metavar="CODE", type=text, required=True)
    options.common(parser, json=True)
    parser.set_defaults(func=func)


def create(args: argparse.Namespace) -> int:
    dialect = finding.dialect(args.dialect)
    chosen = given.options(dialect.name, args.option)
    held = given.credentials(args.credentials) if args.credentials else Given()
    style = _style(dialect, args) if args.notify else ""

    async def action(hub: Hub, settings: Settings) -> Opened:
        tenant, us = await finding.tenant(hub, args.tenant)
        async with hub.change(tenant.id) as tx:
            name = args.name or await connections.free_name(tx, tenant.id, dialect.name, dialect.title)
            await _check(tx, us, dialect, chosen)
            connection, made = await connections.create(
                tx, hub.keys, us, dialect.name, name, given=held, settings=chosen
            )
            if args.notify:
                await webhooks.subscribe(tx, us, connection.id, url=args.notify, style=style)
            return await _opened(tx, hub, settings, tenant, us, connection, made)

    return _show_opened(args, ask(args, action, secret=True), "was created")


def _style(dialect: Dialect, args: argparse.Namespace) -> str:
    if dialect.notify is None:
        raise CommandError(f"{dialect.title} has no notifications: leave --notify out.")
    given.check_address("--notify", args.notify, options.settings(args), secure=dialect.notify.needs_tls)
    return dialect.notify.name


def rotate(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> Opened:
        tenant, us = await finding.tenant(hub, args.tenant)
        async with hub.change(tenant.id) as tx:
            connection = await finding.connection(tx, tenant, args.name, args.dialect)
            made = await connections.rotate(tx, hub.keys, us, connection)
            return await _opened(tx, hub, settings, tenant, us, connection, made)

    what = "has new secrets; the old ones have ended, and all tokens end within two seconds"
    return _show_opened(args, ask(args, action, secret=True), what)


def list_(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> list[Connection]:
        tenant, _ = await finding.tenant(hub, args.tenant)
        async with hub.read(tenant.id) as tx:
            return await connections.connections(tx, tenant.id)

    found = ask(args, action)
    lines = table(("DIALECT", "NAME", "CLIENT ID", "STATE"), [(c.dialect, c.name, c.client_id, c.state) for c in found])
    none = [f"No connection yet: `plughub connection create DIALECT --tenant {args.tenant}` makes one."]
    return show(args, [_tree(one) for one in found], lines if found else none)


def show_(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> dict[str, Any]:
        tenant, _ = await finding.tenant(hub, args.tenant)
        async with hub.read(tenant.id) as tx:
            connection = await finding.connection(tx, tenant, args.name, args.dialect)
            found = await connections.user(tx, connection)
            told = [one.url for one in await webhooks.subscriptions(tx, tenant.id, connection.id) if one.is_active]
            return {
                **_tree(connection),
                "tenant": tenant.code,
                "base_url": _base_url(settings, finding.dialect(connection.dialect)),
                "username": found.username if found else None,
                "user_id": tenant.number,
                "notify": told,
            }

    found = ask(args, action)
    words = {name: " ".join(f"{k}={v}" for k, v in found[name].items()) for name in ("options",)}
    return show(args, found, facts({**found, **words, "notify": " ".join(found["notify"])}))


def option(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> Connection:
        tenant, us = await finding.tenant(hub, args.tenant)
        async with hub.change(tenant.id) as tx:
            connection = await finding.connection(tx, tenant, args.name, args.dialect)
            chosen = given.options(connection.dialect, args.option)
            await _check(tx, us, finding.dialect(connection.dialect), chosen)
            await connections.set_options(tx, us, connection, chosen)
            return await finding.connection(tx, tenant, args.name, args.dialect)

    changed = ask(args, action)
    value = {"dialect": changed.dialect, "tenant": args.tenant, "name": changed.name, "options": changed.settings}
    return show(args, value, facts({**value, "options": " ".join(f"{k}={v}" for k, v in changed.settings.items())}))


async def _check(tx: Transaction, us: Caller, dialect: Dialect, chosen: dict[str, Any]) -> None:
    if dialect.client.check is not None:
        await dialect.client.check(tx, us, chosen)


def user(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> tuple[Connection, ConnectionUser]:
        tenant, us = await finding.tenant(hub, args.tenant)
        async with hub.change(tenant.id) as tx:
            connection = await finding.connection(tx, tenant, args.name, args.dialect)
            found = await connections.user(tx, connection)
            if found is None:
                raise CommandError(f'Connection "{connection.name}" was revoked: it has no user.')
            if args.language or args.permit:
                found = given.user(finding.dialect(connection.dialect), found, args.language, args.permit)
                await connections.set_user(tx, us, connection, found)
            return connection, found

    connection, found = ask(args, action)
    value = {
        "dialect": connection.dialect,
        "tenant": args.tenant,
        "name": connection.name,
        "username": found.username,
        "language": found.language,
        "permissions": dict({"all": Access.WRITE} if found.permissions is None else found.permissions),
    }
    words = {
        "language": found.language or "the tenant's",
        "permissions": " ".join(f"{resource}={access}" for resource, access in value["permissions"].items()),
    }
    return show(args, value, facts({**value, **words}))


def revoke(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> tuple[Connection, bool]:
        tenant, us = await finding.tenant(hub, args.tenant)
        async with hub.change(tenant.id) as tx:
            connection = await finding.connection(tx, tenant, args.name, args.dialect)
            return connection, await connections.revoke(tx, us, connection)

    connection, is_news = ask(args, action)
    value = {"dialect": connection.dialect, "tenant": args.tenant, "name": connection.name, "state": "revoked"}
    # Each process believes a token that it saw for two seconds.
    what = "was revoked; its tokens end within two seconds" if is_news else "had been revoked before"
    return show(args, value, [f'Connection "{connection.name}" of tenant {args.tenant} {what}.'])


def code(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> dict[str, Any]:
        tenant, us = await finding.tenant(hub, args.tenant)
        async with hub.change(tenant.id) as tx:
            connection = await finding.connection(tx, tenant, args.name, args.dialect)
            life = finding.dialect(connection.dialect).lifetimes
            if life is None:
                raise CommandError(f"Clients of {connection.dialect} send their password: they need no code.")
            return {
                "dialect": connection.dialect,
                "tenant": tenant.code,
                "name": connection.name,
                "client_id": connection.client_id,
                "code": await connections.new_code(tx, hub.keys, us, connection, life=life, now=hub.now()),
                "expires_in": int(life.code.total_seconds()),
            }

    fresh = ask(args, action, secret=True)
    line = f'A code for connection "{fresh["name"]}", good once and for {fresh["expires_in"] // 60} minutes:'
    return show(args, fresh, [line, f"  {fresh['code']}"])


async def _opened(
    tx: Transaction,
    hub: Hub,
    settings: Settings,
    tenant: Tenant,
    us: Caller,
    connection: Connection,
    made: Credentials,
) -> Opened:
    dialect = finding.dialect(connection.dialect)
    code = ""
    if dialect.lifetimes is not None:
        code = await connections.new_code(tx, hub.keys, us, connection, life=dialect.lifetimes, now=hub.now())
    return Opened(
        tenant=tenant,
        connection=connection,
        credentials=made,
        code=code,
        base_url=_base_url(settings, dialect),
    )


def _base_url(settings: Settings, dialect: Dialect) -> str:
    return config.served_at(settings) + dialect.mount + dialect.root


def _show_opened(args: argparse.Namespace, opened: Opened, what: str) -> int:
    dialect = finding.dialect(opened.connection.dialect)
    told = dialect.client.credentials(opened.tenant, opened.connection, opened.credentials, opened.code)
    value = {
        "dialect": opened.connection.dialect,
        "base_url": opened.base_url,
        "tenant": opened.tenant.code,
        "name": opened.connection.name,
        **told,
    }
    lines = [
        f'Connection "{opened.connection.name}" of tenant {opened.tenant.code} {what}.',
        *facts(value),
        f"The secrets are shown only now. A first {'token' if dialect.lifetimes else 'call'}:",
        f"  {dialect.client.first_call(opened.base_url, told)}",
    ]
    return show(args, value, lines)


def _tree(connection: Connection) -> dict[str, Any]:
    return {
        "dialect": connection.dialect,
        "name": connection.name,
        "state": connection.state,
        "client_id": connection.client_id,
        "options": connection.settings,
        "created_at": connection.created_at.isoformat(),
    }
