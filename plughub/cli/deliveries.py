"""`plughub deliveries`: what was told to whom, what waits, what failed; and sending it again."""

import argparse
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from plughub.cli import delivery_view, finding, options, times
from plughub.cli.asking import ask, show, table, text
from plughub.cli.delivery_view import Told, Whole
from plughub.cli.options import Commands
from plughub.cli.replay import replay
from plughub.config import Settings
from plughub.core import orders, products, webhooks
from plughub.core.caller import Caller
from plughub.core.errors import NotFound
from plughub.core.filters import AnyOf, Compare, Op
from plughub.core.hub import Hub, Transaction
from plughub.core.listing import Query
from plughub.core.tenants import Tenant
from plughub.core.webhooks import State, Wanted


def add(commands: Commands) -> None:
    family = commands.add_parser("deliveries", help="what webhooks were told, and telling it again").add_subparsers(
        metavar="COMMAND", required=True
    )
    parser = family.add_parser("list", help="the newest deliveries")
    parser.add_argument("--state", choices=[state.value for state in State], help="due are those that wait")
    parser.add_argument("--webhook", metavar="ID", type=text, help="only to this one")
    parser.add_argument("--since", type=times.since, metavar="TIME", help="planned since: 2h, 7d, 2026-11-20, ISO 8601")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--sku", type=text, help="only of the product that has this SKU")
    which.add_argument("--order", metavar="NUMBER", type=text, help="only of this order; the channel's number or ours")
    which.add_argument("--record", metavar="ID", type=text, help="only of the record with this id")
    parser.add_argument(
        "--limit", type=_limit, default=20, metavar="N", help="at most so many, up to 1000 (%(default)s)"
    )
    _finish(parser, list_)
    parser = family.add_parser("show", help="one delivery: body, attempts, what comes next")
    parser.add_argument("id", metavar="ID", type=text, help="as `deliveries list` shows it; its beginning is enough")
    _finish(parser, show_)
    parser = family.add_parser("retry", help="send deliveries again now, from the beginning of their calendar")
    parser.add_argument("ids", metavar="ID", type=text, nargs="+")
    _finish(parser, retry)
    parser = family.add_parser("replay", help="send all of a time again; counts first, then asks")
    parser.add_argument("--since", type=times.since, metavar="TIME", required=True, help="planned since, as for list")
    parser.add_argument("--webhook", metavar="ID", type=text, help="only to this one")
    # What was cancelled belongs to a webhook that has ended.
    replayed = [state.value for state in (State.DEAD, State.DELIVERED, State.DUE)]
    parser.add_argument("--state", choices=replayed, default=replayed[0], help="which (%(default)s)")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    _finish(parser, replay)


def _finish(parser: argparse.ArgumentParser, func: Any) -> None:
    parser.add_argument("--tenant", metavar="CODE", type=text, required=True)
    options.common(parser, json=True)
    parser.set_defaults(func=func)


def _limit(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) <= 1000):
        raise argparse.ArgumentTypeError("must be a number from 1 to 1000")
    return int(text)


def list_(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> list[Told]:
        tenant, us = await finding.tenant(hub, args.tenant)
        async with hub.read(tenant.id) as tx:
            wanted = await _wanted(tx, hub, tenant, us, args)
            found = await webhooks.deliveries(tx, tenant.id, wanted, limit=args.limit)
            return await delivery_view.told(tx, hub, tenant, us, found)

    found = ask(args, action)
    return show(args, [delivery_view.tree(one) for one in found], _listed(found, args))


async def _wanted(tx: Transaction, hub: Hub, tenant: Tenant, us: Caller, args: argparse.Namespace) -> Wanted:
    endpoint = await finding.webhook(tx, tenant, args.webhook) if args.webhook else None
    return Wanted(
        states=[State(args.state)] if args.state else None,
        subscriptions=[endpoint.id] if endpoint else None,
        since=times.moment(args.since, hub.now()) if args.since else None,
        records=await _records(tx, us, args),
        subject=args.sku,
    )


async def _records(tx: Transaction, us: Caller, args: argparse.Namespace) -> list[UUID] | None:
    """Ids of the records that were named; None when none was."""
    if args.record:
        return [finding.record(args.record)]
    if args.sku:
        try:
            return [(await products.by_sku(tx, us, args.sku)).id]
        except NotFound:
            # It may be gone, and its receivers told so.
            return []
    return await _orders(tx, us, args.order) if args.order else None


async def _orders(tx: Transaction, us: Caller, number: str) -> list[UUID]:
    parts = [Compare("channel_number", Op.EQUAL, number)]
    if number.isascii() and number.isdecimal() and len(number) < 19:
        parts.append(Compare("number", Op.EQUAL, int(number)))
    page = await orders.heads(tx, us, Query(where=AnyOf(tuple(parts)), walks=False))
    if not page.records:
        raise NotFound("order", number)
    return [head.id for head in page.records]


def _listed(found: Sequence[Told], args: argparse.Namespace) -> list[str]:
    if not found:
        return _nothing(args)
    due = {one.endpoint.id: one.endpoint for one in found if one.delivery.state is State.DUE}
    paused = [delivery_view.why_paused(one, args.tenant) for one in due.values() if one.paused_at]
    return [*table(delivery_view.HEAD, map(delivery_view.row, found)), *paused]


def _nothing(args: argparse.Namespace) -> list[str]:
    if any((args.state, args.webhook, args.since, args.sku, args.order, args.record)):
        return ["No delivery is like that: leave an option out to see more."]
    return [
        "No delivery yet. One appears for each webhook that wants to know when somebody else changes something:",
        f"`plughub webhook list --tenant {args.tenant}` shows who is told.",
    ]


def show_(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> Whole:
        tenant, us = await finding.tenant(hub, args.tenant)
        async with hub.read(tenant.id) as tx:
            found = await webhooks.delivery(tx, tenant.id, await finding.delivery(tx, tenant, args.id))
            (told,) = await delivery_view.told(tx, hub, tenant, us, [found])
            return await delivery_view.whole(tx, tenant, told)

    whole = ask(args, action)
    return show(args, delivery_view.whole_tree(whole), delivery_view.lines(whole, args.tenant))


def retry(args: argparse.Namespace) -> int:
    """Ends with 1 if any was left alone."""

    async def action(hub: Hub, settings: Settings) -> list[Whole]:
        tenant, us = await finding.tenant(hub, args.tenant)
        async with hub.change(tenant.id) as tx:
            ids = list(dict.fromkeys([await finding.delivery(tx, tenant, one) for one in args.ids]))
            await webhooks.again(tx, tenant.id, ids, now=hub.now())
            found = [await webhooks.delivery(tx, tenant.id, id) for id in ids]
            told = await delivery_view.told(tx, hub, tenant, us, found)
            return [await delivery_view.whole(tx, tenant, one) for one in told]

    found = ask(args, action)
    again = [one for one in found if not _why_left(one)]
    left = [{"id": str(one.told.delivery.id), "reason": why} for one in found if (why := _why_left(one))]
    show(args, {"again": [str(one.told.delivery.id) for one in again], "left": left}, _retried(again, left, args))
    return 1 if left else 0


def _why_left(whole: Whole) -> str | None:
    if not whole.told.endpoint.is_active:
        return "its webhook has ended"
    return "it is being sent now" if whole.told.delivery.claim else None


def _retried(again: Sequence[Whole], left: Sequence[dict[str, str]], args: argparse.Namespace) -> list[str]:
    lines = []
    if again:
        lines.append(f"{len(again)} sent again now, and from the beginning of the calendar if that fails.")
    lines += [f"{one['id']} was left alone: {one['reason']}." for one in left]
    for one in {one.told.endpoint.id: one for one in again}.values():
        if one.told.endpoint.paused_at:
            lines.append(delivery_view.why_paused(one.told.endpoint, args.tenant))
        elif delivery_view.is_held(one):
            lines.append(delivery_view.why_held(one.told.endpoint, one.hold, args.tenant))
    return lines
