"""How a delivery is shown: in a row, in full, and as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from plughub.app import STYLES
from plughub.cli import times
from plughub.cli.asking import facts, opening, plain
from plughub.core import ids, orders, products, webhooks
from plughub.core.caller import Caller
from plughub.core.hub import Hub, Transaction
from plughub.core.tenants import Tenant
from plughub.core.webhooks import Attempt, Delivery, Hold, State, Style, Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A delivery with what people need beside it."""

    delivery: Delivery
    endpoint: Subscription
    #: What people call the record: a SKU, an order's number. None for one that is gone or has no name.
    name: str | None
    now: datetime

    @property
    def style(self) -> Style:
        return STYLES[self.endpoint.style]

    @property
    def state(self) -> str:
        return "sending" if self.delivery.is_being_sent(self.now) else self.delivery.state

    @property
    def left(self) -> int:
        """Tries that are left before it is dead."""
        if self.delivery.state is not State.DUE:
            return 0
        return max(0, len(self.style.calendar.steps) + 1 - self.delivery.attempt_count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    told: Told
    hold: Hold
    body: bytes
    attempts: Sequence[Attempt]


async def told(tx: Transaction, hub: Hub, tenant: Tenant, us: Caller, deliveries: Sequence[Delivery]) -> list[Told]:
    endpoints = {one.id: one for one in await webhooks.subscriptions(tx, tenant.id)}
    names = await _names(tx, us, {one.record_id for one in deliveries})
    return [
        Told(
            delivery=one,
            endpoint=endpoints[one.subscription],
            name=one.subject or names.get(one.record_id),
            now=hub.now(),
        )
        for one in deliveries
    ]


async def _names(tx: Transaction, us: Caller, records: set[UUID]) -> dict[UUID, str]:
    found = {id: record.value.sku for id, record in (await products.by_ids(tx, us, list(records))).items()}
    rest = await orders.by_ids(tx, us, list(records - found.keys()))
    return found | {id: record.value.channel_number or str(record.number) for id, record in rest.items()}


async def whole(tx: Transaction, tenant: Tenant, told: Told) -> Whole:
    return Whole(
        told=told,
        hold=await webhooks.hold(tx, tenant.id, told.delivery),
        body=told.style.body(tenant.number, told.delivery),
        attempts=await webhooks.attempts(tx, tenant.id, told.delivery.id),
    )


def row(told: Told) -> tuple[object, ...]:
    """For `HEAD`."""
    one = told.delivery
    return one.id, told.state, _what(one), plain(told.name or str(one.record_id)), *_where(told), _when(told)


HEAD = ("ID", "STATE", "WHAT", "OF", "TO", "TRIES", "NEXT TRY, OR END")


def _where(told: Told) -> tuple[str, int]:
    return plain(told.endpoint.url), told.delivery.attempt_count


def _what(delivery: Delivery) -> str:
    return f"{delivery.kind} {delivery.action}"


def _when(told: Told) -> str:
    one = told.delivery
    if one.state is not State.DUE:
        return times.spell(one.ended_at) if one.ended_at else "-"
    if told.state == "sending":
        return "now"
    if told.endpoint.paused_at:
        return "when resumed"
    return times.spell(one.next_attempt_at) if one.next_attempt_at > told.now else "at once"


def lines(whole: Whole, tenant: str) -> list[str]:
    tree = whole_tree(whole)
    told, name = whole.told, plain(whole.told.name or "")
    shown = {
        "delivery": tree["id"],
        "state": tree["state"],
        "webhook": f"{tree['webhook']} ({plain(tree['url'])})",
        "tells": f"{_what(told.delivery)}: {', '.join(tree['aspects']) or 'nothing in particular'}",
        "record": f"{name} ({tree['record']})" if name else tree["record"],
        "event": f"{tree['event']}, the newest it stands for; the first has position {tree['position']}",
        "planned": times.spell(ids.moment(told.delivery.id)),
        "attempts": f"{tree['attempt_count']}, {told.left} left",
        "next try": _next(whole, tenant) if told.delivery.state is State.DUE else "none",
        "ended": times.spell(told.delivery.ended_at) if told.delivery.ended_at else None,
        "body": plain(tree["body"]),
    }
    return [*facts(shown), *_attempts(whole.attempts)]


def _next(whole: Whole, tenant: str) -> str:
    told = whole.told
    if told.state == "sending":
        return "it is being sent now"
    if told.endpoint.paused_at:
        return why_paused(told.endpoint, tenant)
    if whole.hold.behind:
        return f"after delivery {whole.hold.behind}, an earlier one of the same record"
    if is_held(whole):
        return why_held(told.endpoint, whole.hold, tenant)
    return _when(told)


def is_held(whole: Whole) -> bool:
    until = whole.hold.until
    return until is not None and until > max(whole.told.now, whole.told.delivery.next_attempt_at)


def why_paused(endpoint: Subscription, tenant: str) -> str:
    at = f" since {times.spell(endpoint.paused_at)}" if endpoint.paused_at else ""
    return (
        f"Webhook {endpoint.id} is paused{at} ({plain(endpoint.pause_reason or 'no reason was given')}):"
        f" what is due waits until `plughub webhook resume {endpoint.id} --tenant {tenant}`."
    )


def why_held(endpoint: Subscription, hold: Hold, tenant: str) -> str:
    until = f" until {times.spell(hold.until)}" if hold.until else ""
    return (
        f"Webhook {endpoint.id} has failed {endpoint.failures} times in a row and is left in peace{until}:"
        f" `plughub webhook resume {endpoint.id} --tenant {tenant}` sends at once."
    )


def _attempts(attempts: Sequence[Attempt]) -> list[str]:
    if not attempts:
        return ["No attempt yet."]
    found = ["Attempts:"]
    for one in attempts:
        status = one.status or "no answer"
        seconds = "-" if one.seconds is None else f"{one.seconds:.2f} s"
        reason = f"  {plain(one.reason)}" if one.reason else ""
        found.append(f"  {one.number:>2}  {times.spell(one.began_at)}  {status}  {seconds}  {one.outcome}{reason}")
        if one.answer:
            found.append(f"      {opening(one.answer)}")
    return found


def tree(told: Told) -> dict[str, Any]:
    one = told.delivery
    waits = told.state == "due"
    return {
        "id": str(one.id),
        "webhook": str(one.subscription),
        "url": told.endpoint.url,
        "state": told.state,
        "is_paused": told.endpoint.paused_at is not None,
        "type": one.kind,
        "action": one.action,
        "aspects": sorted(one.aspects),
        "record": str(one.record_id),
        "name": told.name,
        "event": str(one.event),
        "position": one.position,
        "planned_at": times.iso(ids.moment(one.id)),
        "attempt_count": one.attempt_count,
        "attempts_left": told.left,
        "next_attempt_at": times.iso(one.next_attempt_at) if waits else None,
        "ended_at": times.iso(one.ended_at),
    }


def whole_tree(whole: Whole) -> dict[str, Any]:
    return {
        **tree(whole.told),
        "held_until": times.iso(whole.hold.until) if is_held(whole) else None,
        "behind": str(whole.hold.behind) if whole.hold.behind and whole.told.delivery.state is State.DUE else None,
        "body": whole.body.decode(),
        "attempts": [
            {
                "number": one.number,
                "began_at": times.iso(one.began_at),
                "status": one.status,
                "seconds": None if one.seconds is None else round(one.seconds, 3),
                "outcome": one.outcome,
                "reason": one.reason,
                "answer": one.answer.decode(errors="replace"),
            }
            for one in whole.attempts
        ],
    }
