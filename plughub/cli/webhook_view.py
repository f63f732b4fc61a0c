"""How a webhook is shown: in a row, in full, and as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plughub.cli import times
from plughub.cli.asking import plain
from plughub.core import connections, ids, webhooks
from plughub.core.connections import Connection
from plughub.core.hub import Hub, Transaction
from plughub.core.tenants import Tenant
from plughub.core.webhooks import Standing, Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A webhook with what people ask about it."""

    endpoint: Subscription
    connection: Connection
    standing: Standing
    now: datetime


async def seen(tx: Transaction, hub: Hub, tenant: Tenant, endpoints: Sequence[Subscription]) -> list[Seen]:
    known = {one.id: one for one in await connections.connections(tx, tenant.id)}
    standings = await webhooks.standings(tx, tenant.id)
    return [
        Seen(
            endpoint=one,
            connection=known[one.connection],
            standing=standings.get(one.id, Standing()),
            now=hub.now(),
        )
        for one in endpoints
    ]


HEAD = ("ID", "ADDRESS", "CONNECTION", "STYLE", "STATE", "FAILING SINCE", "WAITING", "DEAD", "LAST DELIVERY")


def row(seen: Seen) -> tuple[object, ...]:
    """For `HEAD`."""
    one = seen.endpoint
    since, delivered = one.failing_since, one.delivered_at
    return (
        one.id, plain(one.url), seen.connection.name, one.style, _state(one),
        times.spell(since) if since and one.is_active else "-", seen.standing.waiting, seen.standing.dead,
        times.ago(delivered, seen.now) if delivered else "-",
    )  # fmt: skip


def _state(endpoint: Subscription) -> str:
    if not endpoint.is_active:
        return "ended"
    return "paused" if endpoint.paused_at else "active"


def what_next(seen: Seen, tenant: str) -> list[str]:
    """Why it waits and what to do, if anything."""
    one, here = seen.endpoint, f"{seen.endpoint.id} --tenant {tenant}"
    if not one.is_active:
        return ["It has ended: nothing is planned or sent any more."]
    if one.paused_at:
        return [f"Paused: `plughub webhook resume {here}` sends what waits."]
    if one.failing_since:
        return [
            f"It fails: `plughub deliveries list --webhook {here}` shows what.",
            f"`plughub webhook test {here}` tries the receiver now;",
            f"`plughub webhook resume {here}` takes it for healthy again once it is mended.",
        ]
    return []


def shown(seen: Seen) -> dict[str, Any]:
    """For people: times to the second, and how long ago."""
    facts = tree(seen)
    for name in ("created_at", "paused_at", "failing_since", "delivered_at", "attempted_at"):
        if facts[name]:
            at = datetime.fromisoformat(facts[name])
            facts[name] = f"{times.spell(at)} ({times.ago(at, seen.now)})"
    return facts | {
        "url": plain(facts["url"]),
        "types": ", ".join(facts["types"]) or "everything",
        "paused_reason": plain(facts["paused_reason"] or ""),
    }


def tree(seen: Seen) -> dict[str, Any]:
    one = seen.endpoint
    return {
        "id": str(one.id),
        "url": one.url,
        "connection": seen.connection.name,
        "dialect": seen.connection.dialect,
        "style": one.style,
        "types": list(one.kinds),
        "state": _state(one),
        "paused_at": times.iso(one.paused_at),
        "paused_reason": one.pause_reason,
        "failures": one.failures,
        "failing_since": times.iso(one.failing_since),
        "waiting": seen.standing.waiting,
        "dead": seen.standing.dead,
        "delivered_at": times.iso(one.delivered_at),
        "attempted_at": times.iso(one.attempted_at),
        "created_at": times.iso(ids.moment(one.id)),
    }
