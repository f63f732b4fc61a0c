"""`plughub webhook`: the addresses that are told of changes, and their secrets."""

import argparse
from typing import Any
from uuid import UUID

from plughub.app import STYLES
from plughub.cli import finding, given, options, webhook_secrets, webhook_trial, webhook_view
from plughub.cli.asking import agreed, ask, facts, plain, show, table, text
from plughub.cli.errors import CommandError
from plughub.cli.options import Commands
from plughub.cli.webhook_view import Seen
from plughub.config import Settings
from plughub.core import webhooks
from plughub.core.connections import Connection
from plughub.core.errors import Duplicate, Locked
from plughub.core.hub import Hub, Transaction
from plughub.core.tenants import Tenant
from plughub.core.webhooks import State, Style, Subscription, Wanted


def add(commands: Commands) -> None:
    family = commands.add_parser("webhook", help="addresses that are told of changes").add_subparsers(
        metavar="COMMAND", required=True
    )
    _finish(family.add_parser("list", help="all webhooks of a tenant"), list_)
    _one(family, "show", show_, "one webhook")
    parser = family.add_parser("add", help="tell an address of changes that others make")
    parser.add_argument("--connection", metavar="NAME", type=text, required=True, help="whose own changes are left out")
    parser.add_argument("--dialect", help="where two dialects have a connection of this name")
    parser.add_argument("--url", required=True, help="https:// or http://")
    parser.add_argument("--types", metavar="A,B", help="what to tell of, such as products,orders (everything)")
    parser.add_argument("--style", choices=STYLES, help="how to tell it (as the connection's dialect does)")
    _finish(parser, add_)
    parser = _one(family, "change", change, "another address; what waits goes there")
    parser.add_argument("--url", required=True, help="https:// or http://")
    parser = _one(family, "pause", pause, "send nothing for now; deliveries wait")
    parser.add_argument("--reason", type=text, default="paused by an operator", help="shown wherever it is asked why")
    _one(family, "resume", resume, "send what waits; the receiver counts as healthy again")
    parser = _one(family, "remove", remove, "tell this address nothing more; what waits is cancelled")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    _one(family, "secret", webhook_secrets.secret, "what its deliveries are signed with")
    parser = _one(family, "rotate", webhook_secrets.rotate, "a new secret; the old one signs for 24 hours more")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    _one(family, "test", webhook_trial.test, "send one harmless delivery now and show the answer")


def _one(family: Commands, word: str, func: Any, what: str) -> argparse.ArgumentParser:
    """A command about one webhook."""
    parser = family.add_parser(word, help=what)
    parser.add_argument("id", metavar="ID", type=text, help="as `webhook list` shows it; its beginning is enough")
    _finish(parser, func)
    return parser


def _finish(parser: argparse.ArgumentParser, func: Any) -> None:
    parser.add_argument("--tenant", metavar="CODE", type=text, required=True)
    options.common(parser, json=True)
    parser.set_defaults(func=func)


def list_(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> list[Seen]:
        tenant, _ = await finding.tenant(hub, args.tenant)
        async with hub.read(tenant.id) as tx:
            return await webhook_view.seen(tx, hub, tenant, await webhooks.subscriptions(tx, tenant.id))

    found = ask(args, action)
    lines = table(webhook_view.HEAD, map(webhook_view.row, found))
    none = [
        "No webhook yet: `plughub webhook add --connection NAME --url URL"
        f" --tenant {args.tenant}` tells an address of changes."
    ]
    return show(args, [webhook_view.tree(one) for one in found], lines if found else none)


def add_(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> Seen:
        tenant, us = await finding.tenant(hub, args.tenant)
        async with hub.change(tenant.id) as tx:
            connection = await finding.connection(tx, tenant, args.connection, args.dialect)
            if connection.state == "revoked":
                raise Locked("connection", "was revoked: create another one")
            style = _style(connection, args.style)
            given.check_address("--url", args.url, settings, secure=style.needs_tls)
            kinds = _kinds(style, args.types)
            for one in await webhooks.subscriptions(tx, tenant.id, connection.id):
                if one.is_active and (one.url, one.style) == (args.url, style.name):
                    # Every change would be told twice.
                    raise Duplicate("webhook", args.url)
            made = await webhooks.subscribe(tx, us, connection.id, url=args.url, style=style.name, kinds=kinds)
            return (await webhook_view.seen(tx, hub, tenant, [made]))[0]

    seen = ask(args, action)
    words = [
        f"Webhook {seen.endpoint.id} was added: changes that others than {seen.connection.name!r} make are sent there.",
        *facts(webhook_view.shown(seen)),
        f"Next: `plughub webhook test {seen.endpoint.id} --tenant {args.tenant}` sends a harmless one now.",
    ]
    return show(args, webhook_view.tree(seen), words)


def _style(connection: Connection, named: str | None) -> Style:
    notify = finding.dialect(connection.dialect).notify
    if named is None and notify is None:
        raise CommandError(f"Clients of {connection.dialect} are told nothing: choose --style {' or '.join(STYLES)}.")
    return STYLES[named] if named else notify  # type: ignore[return-value]


def _kinds(style: Style, types: str | None) -> list[str]:
    """Each once, in the order given; none stands for all."""
    kinds = list(dict.fromkeys(word.strip() for word in (types or "").split(",") if word.strip()))
    if unknown := [kind for kind in kinds if kind not in style.kinds]:
        raise CommandError(
            f"--types {','.join(unknown)} is not known: style {style.name} tells of {', '.join(style.kinds)}."
        )
    return kinds


def show_(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> Seen:
        tenant, _ = await finding.tenant(hub, args.tenant)
        async with hub.read(tenant.id) as tx:
            return await _found(tx, hub, tenant, args)

    seen = ask(args, action)
    return show(
        args, webhook_view.tree(seen), [*facts(webhook_view.shown(seen)), *webhook_view.what_next(seen, args.tenant)]
    )


def change(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> Seen:
        tenant, _ = await finding.tenant(hub, args.tenant)
        async with hub.change(tenant.id) as tx:
            endpoint = await finding.active_webhook(tx, tenant, args.id)
            given.check_address("--url", args.url, settings, secure=STYLES[endpoint.style].needs_tls)
            await webhooks.change_url(tx, tenant.id, endpoint, args.url)
            return await _found(tx, hub, tenant, args)

    seen = ask(args, action)
    said = f"Webhook {seen.endpoint.id} goes to {plain(args.url)} from now on; its secret stays the same."
    return show(args, webhook_view.tree(seen), [said, *webhook_view.what_next(seen, args.tenant)])


def pause(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> Seen:
        tenant, _ = await finding.tenant(hub, args.tenant)
        async with hub.change(tenant.id) as tx:
            await webhooks.pause(
                tx, tenant.id, await finding.active_webhook(tx, tenant, args.id), args.reason, now=hub.now()
            )
            return await _found(tx, hub, tenant, args)

    seen = ask(args, action)
    said = f"Webhook {seen.endpoint.id} is paused: {seen.standing.waiting} deliveries wait, and so will new ones."
    return show(args, webhook_view.tree(seen), [said, *webhook_view.what_next(seen, args.tenant)])


def resume(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> Seen:
        tenant, _ = await finding.tenant(hub, args.tenant)
        async with hub.change(tenant.id) as tx:
            await webhooks.resume(tx, tenant.id, await finding.active_webhook(tx, tenant, args.id))
            return await _found(tx, hub, tenant, args)

    seen = ask(args, action)
    said = [
        f"Webhook {seen.endpoint.id} is sent to again: {seen.standing.waiting} deliveries wait.",
        "What had failed before keeps its time; `plughub deliveries replay --state due --since 7d"
        f" --webhook {seen.endpoint.id} --tenant {args.tenant}` sends it now.",
    ]
    return show(args, webhook_view.tree(seen), said if seen.standing.waiting else said[:1])


def remove(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> tuple[Subscription, int] | None:
        tenant, _ = await finding.tenant(hub, args.tenant)
        async with hub.read(tenant.id) as tx:
            endpoint = await finding.active_webhook(tx, tenant, args.id)
            waiting = await webhooks.count(tx, tenant.id, _waiting(endpoint.id))
        question = f"Tell {plain(endpoint.url)} nothing more, and cancel {waiting} deliveries that wait for it?"
        if not agreed(args, question):
            return None
        async with hub.change(tenant.id) as tx:
            cancelled = await webhooks.count(tx, tenant.id, _waiting(endpoint.id))
            await webhooks.unsubscribe(tx, tenant.id, endpoint.id, now=hub.now())
        return endpoint, cancelled

    done = ask(args, action)
    if done is None:
        raise CommandError("Nothing was done.")
    endpoint, cancelled = done
    said = f"Webhook {endpoint.id} was removed: {plain(endpoint.url)} is told nothing more."
    value = {"id": str(endpoint.id), "state": "ended", "cancelled": cancelled}
    return show(args, value, [said, f"{cancelled} deliveries that waited were cancelled."])


def _waiting(id: UUID) -> Wanted:
    return Wanted(states=[State.DUE], subscriptions=[id])


async def _found(tx: Transaction, hub: Hub, tenant: Tenant, args: argparse.Namespace) -> Seen:
    return (await webhook_view.seen(tx, hub, tenant, [await finding.webhook(tx, tenant, args.id)]))[0]
