"""`plughub deliveries replay`: everything of a time once more; counted first, asked about, then in batches."""

import argparse
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plughub.cli import delivery_view, finding, times
from plughub.cli.asking import agreed, ask, plain, show
from plughub.cli.errors import CommandError
from plughub.config import Settings
from plughub.core import ids, webhooks
from plughub.core.hub import Hub, Transaction
from plughub.core.tenants import Tenant
from plughub.core.webhooks import State, Subscription, Wanted

#: Deliveries that one transaction puts back.
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    wanted: Wanted
    since: datetime
    #: Webhooks with such deliveries, and how many.
    counts: list[tuple[Subscription, int]]

    @property
    def total(self) -> int:
        return sum(count for _, count in self.counts)


def replay(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> tuple[Found, int | None]:
        tenant, _ = await finding.tenant(hub, args.tenant)
        async with hub.read(tenant.id) as tx:
            found = await _found(tx, hub, tenant, args)
        if not found.total:
            return found, 0
        if not args.json:
            print("\n".join(_covered(found, args)), flush=True)
        if not agreed(args, f"Send {found.total} {args.state} deliveries again?"):
            return found, None
        return found, await _again(hub, tenant, found, is_quiet=args.json)

    found, again = ask(args, action)
    if again is None:
        raise CommandError("Nothing was done.")
    return show(args, _tree(found, again), _lines(found, again, args))


async def _found(tx: Transaction, hub: Hub, tenant: Tenant, args: argparse.Namespace) -> Found:
    if args.webhook:
        endpoints = [await finding.active_webhook(tx, tenant, args.webhook)]
    else:
        endpoints = [one for one in await webhooks.subscriptions(tx, tenant.id) if one.is_active]
    since = times.moment(args.since, hub.now())
    wanted = Wanted(states=[State(args.state)], subscriptions=[one.id for one in endpoints], since=since)
    counts = await webhooks.counts(tx, tenant.id, wanted)
    return Found(wanted=wanted, since=since, counts=[(one, counts[one.id]) for one in endpoints if one.id in counts])


def _covered(found: Found, args: argparse.Namespace) -> list[str]:
    lines = [f"{found.total} {args.state} deliveries, planned since {times.spell(found.since)}:"]
    for endpoint, count in found.counts:
        lines.append(f"  {count} to {plain(endpoint.url)} ({endpoint.id})")
    paused = [endpoint for endpoint, _ in found.counts if endpoint.paused_at]
    return [*lines, *(delivery_view.why_paused(one, args.tenant) for one in paused)]


async def _again(hub: Hub, tenant: Tenant, found: Found, *, is_quiet: bool) -> int:
    """How many were put back. The oldest first, so that deliveries of a record keep their order."""
    end = ids.first_of(hub.now())
    again = seen = 0
    after = None
    while True:
        async with hub.change(tenant.id) as tx:
            batch = await webhooks.delivery_ids(tx, tenant.id, found.wanted, after=after, limit=_BATCH)
            # What is planned from now on is sent anyway.
            batch = [id for id in batch if id < end]
            if not batch:
                return again
            again += await webhooks.again(tx, tenant.id, batch, now=hub.now())
        after, seen = batch[-1], seen + len(batch)
        if not is_quiet:
            sys.stderr.write(f"{seen} of {found.total}\n")


def _lines(found: Found, again: int, args: argparse.Namespace) -> list[str]:
    if not found.total:
        since = times.spell(found.since)
        return [f"No {args.state} delivery was planned since {since}: there is nothing to send again."]
    lines = [f"{again} are sent again: `plughub deliveries list --tenant {args.tenant}` shows how it goes."]
    if again < found.total:
        lines.append(f"{found.total - again} were left alone: they are being sent now, or have changed meanwhile.")
    return lines


def _tree(found: Found, again: int) -> dict[str, Any]:
    return {
        "since": times.iso(found.since),
        "found": found.total,
        "again": again,
        "webhooks": [{"id": str(one.id), "url": one.url, "found": count} for one, count in found.counts],
    }
