"""`plughub freight source`: the addresses that are asked for freight quotes."""

import argparse
from typing import Any

from plughub import app
from plughub.cli import finding, options
from plughub.cli.asking import ask, facts, show, table, text
from plughub.cli.errors import CommandError
from plughub.cli.options import Commands
from plughub.config import Settings
from plughub.core import connections, shipping
from plughub.core.errors import NotFound
from plughub.core.hub import Hub, Transaction
from plughub.core.ids import ConnectionId, TenantId
from plughub.core.patch import Patch
from plughub.core.shipping import DEFAULT_BUDGET_MS, FreightSource
from plughub.outbound import NotSent


def add(commands: Commands) -> None:
    family = commands.add_parser("source", help="addresses that are asked for quotes").add_subparsers(
        metavar="COMMAND", required=True
    )
    parser = family.add_parser("add", help="ask this address, too")
    parser.add_argument("name", metavar="NAME", type=text, help="what people call it")
    parser.add_argument("url", metavar="URL", type=text)
    parser.add_argument(
        "--budget", type=int, metavar="MS", default=DEFAULT_BUDGET_MS, help="time for an answer (%(default)s)"
    )
    parser.add_argument("--connection", metavar="NAME", type=text, help="ask only while this client is let in")
    _finish(parser, add_)
    _finish(family.add_parser("list", help="all sources, and how their askings ended"), list_)
    parser = family.add_parser("change", help="another address, name or budget")
    parser.add_argument("name", metavar="NAME", type=text)
    parser.add_argument("--name", dest="new_name", metavar="NEW", type=text)
    parser.add_argument("--url", type=text)
    parser.add_argument("--budget", type=int, metavar="MS")
    parser.add_argument("--connection", metavar="NAME", help='"" for none')
    _finish(parser, change)
    for word, func, what in (
        ("pause", pause, "ask it no more, for now"),
        ("resume", resume, "ask it again"),
        ("remove", remove, "forget it and its counts"),
    ):
        parser = family.add_parser(word, help=what)
        parser.add_argument("name", metavar="NAME", type=text)
        _finish(parser, func)


def _finish(parser: argparse.ArgumentParser, func: Any) -> None:
    parser.add_argument("--tenant", metavar="CODE", type=text, required=True)
    options.common(parser, json=True)
    parser.set_defaults(func=func)


def add_(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> FreightSource:
        _check(settings, args.url)
        tenant, us = await finding.tenant(hub, args.tenant)
        async with hub.change(tenant.id) as tx:
            connection = await _connection(tx, tenant.id, args.connection)
            return await shipping.add_source(
                tx, us, name=args.name, url=args.url, budget_ms=args.budget, connection=connection
            )

    source = ask(args, action)
    lines = [
        f"Source {source.name} is asked from now on, for at most {source.budget_ms} ms.",
        f"Try it: `plughub freight quote --tenant {args.tenant} --to POSTALCODE --sku SKU:QUANTITY`.",
    ]
    return show(args, _tree(source), lines)


def list_(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> list[FreightSource]:
        tenant, _ = await finding.tenant(hub, args.tenant)
        async with hub.read(tenant.id) as tx:
            return await shipping.sources(tx, tenant.id)

    found = ask(args, action)
    head = ("NAME", "STATE", "BUDGET", "ASKED", "ANSWERED", "LATE", "FAILED", "LAST ANSWER", "LAST FAILURE", "URL")
    lines = table(head, [_row(source) for source in found])
    none = [f"No freight source yet: `plughub freight source add NAME URL --tenant {args.tenant}` makes one."]
    return show(args, [_tree(source) for source in found], lines if found else none)


def change(args: argparse.Namespace) -> int:
    given: Patch = {"name": args.new_name, "url": args.url, "budget_ms": args.budget}
    given = {name: value for name, value in given.items() if value is not None}
    if not given and args.connection is None:
        raise CommandError("Nothing to change was given: use --name, --url, --budget or --connection.")

    async def action(hub: Hub, settings: Settings) -> tuple[FreightSource, bool]:
        if args.url:
            _check(settings, args.url)
        return await _changed(hub, args, given)

    return _show_changed(args, *ask(args, action))


def pause(args: argparse.Namespace) -> int:
    return _set_active(args, is_active=False)


def resume(args: argparse.Namespace) -> int:
    return _set_active(args, is_active=True)


def _set_active(args: argparse.Namespace, *, is_active: bool) -> int:
    args.connection = None
    return _show_changed(args, *ask(args, lambda hub, settings: _changed(hub, args, {"is_active": is_active})))


async def _changed(hub: Hub, args: argparse.Namespace, given: Patch) -> tuple[FreightSource, bool]:
    tenant, us = await finding.tenant(hub, args.tenant)
    async with hub.change(tenant.id) as tx:
        if args.connection is not None:
            given["connection"] = await _connection(tx, tenant.id, args.connection.strip())
        source, changes = await shipping.change_source(tx, us, args.name, given)
    return source, bool(changes)


def _show_changed(args: argparse.Namespace, source: FreightSource, is_news: bool) -> int:
    what = "was changed" if is_news else "was like that before"
    return show(args, _tree(source), [f"Source {source.name} {what}.", *facts(_facts(source))])


def remove(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> FreightSource:
        tenant, us = await finding.tenant(hub, args.tenant)
        async with hub.change(tenant.id) as tx:
            return await shipping.remove_source(tx, us, args.name)

    source = ask(args, action)
    return show(args, {"name": source.name, "removed": True}, [f"Source {source.name} was removed."])


def _check(settings: Settings, url: str) -> None:
    """The same guard as at each call, so that a wrong address is seen now and not by a buyer."""
    try:
        app.open_outbound(settings).check(url)
    except NotSent as error:
        raise CommandError(
            f"{error} If {url} lies in a network of yours, PLUGHUB_EGRESS_NETWORKS opens it for the hub."
        ) from error


async def _connection(tx: Transaction, tenant: TenantId, name: str | None) -> ConnectionId | None:
    if not name:
        return None
    found = [one for one in await connections.connections(tx, tenant) if one.name == name]
    if not found:
        raise NotFound("connection", name)
    if len(found) > 1:
        raise CommandError(f"{len(found)} connections are called {name!r}: rename all but one, or leave it out.")
    return found[0].id


def _row(source: FreightSource) -> tuple[object, ...]:
    counts = source.counts
    failed_at = counts.last_failed_at
    return (
        source.name,
        "active" if source.is_active else "paused",
        f"{source.budget_ms} ms",
        counts.asked,
        counts.answered,
        counts.late,
        counts.failed,
        f"{counts.last_answered_at:%Y-%m-%d %H:%M:%SZ}" if counts.last_answered_at else "-",
        f"{failed_at:%Y-%m-%d %H:%M:%SZ} {counts.last_failure}" if failed_at else "-",
        source.url,
    )


def _facts(source: FreightSource) -> dict[str, Any]:
    return {
        "name": source.name,
        "url": source.url,
        "budget_ms": source.budget_ms,
        "state": "active" if source.is_active else "paused",
    }


def _tree(source: FreightSource) -> dict[str, Any]:
    counts = source.counts
    return {
        **_facts(source),
        "id": str(source.id),
        "connection_id": str(source.connection) if source.connection else None,
        "asked": counts.asked,
        "answered": counts.answered,
        "late": counts.late,
        "failed": counts.failed,
        "last_answered_at": counts.last_answered_at.isoformat() if counts.last_answered_at else None,
        "last_failed_at": counts.last_failed_at.isoformat() if counts.last_failed_at else None,
        "last_failure": counts.last_failure,
    }
