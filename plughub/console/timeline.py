"""What happened to one record: changes of all systems and people, and who was told of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from plughub.core import events, ids, patch, webhooks
from plughub.core.connections import Connection
from plughub.core.events import Action, Event
from plughub.core.hub import Transaction
from plughub.core.ids import TenantId
from plughub.core.patch import Change
from plughub.core.webhooks import Attempt, Delivery, Subscription, Wanted

#: The newest; what is older can be asked for through the feed.
MOST = 100
_MOST_DELIVERIES = 300
_LONGEST = 300
#: Told by the time line itself, or of no use to people.
_UNTOLD = {"status_history", "log", "held_from"}
_UNSHOWN = {"id", "extensions", *_UNTOLD}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One receiver that is, or was, to be told."""

    delivery: Delivery
    at: datetime
    receiver: str
    url: str
    attempts: Sequence[Attempt]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change, or where that is no longer there, a delivery alone."""

    at: datetime
    title: str
    who: str
    connection: UUID | None = None
    #: Field, before, after.
    changes: Sequence[tuple[str, str, str]] = ()
    told: Sequence[Told] = ()
    is_silent: bool = False


async def timeline(
    tx: Transaction, tenant: TenantId, kind: str, id: UUID, connections: Sequence[Connection]
) -> list[Step]:
    """Newest first, in four statements."""
    happened = await events.latest(tx, tenant, kind, id, limit=MOST)
    deliveries = await webhooks.deliveries(tx, tenant, Wanted(records=[id]), limit=_MOST_DELIVERIES)
    tries = await webhooks.attempts_of(tx, tenant, [one.id for one in deliveries]) if deliveries else []
    endpoints = {one.id: one for one in await webhooks.subscriptions(tx, tenant)} if deliveries else {}
    names = {connection.id: connection.name for connection in connections}
    told = [_told(one, tries, endpoints, names) for one in deliveries]
    shown = {event.id for event in happened}
    steps = [_step(event, [one for one in told if one.delivery.event == event.id], names) for event in happened]
    # Of events that were dropped since, or of later ones than are shown.
    steps += [Step(at=one.at, title="Told", who="", told=[one]) for one in told if one.delivery.event not in shown]
    return sorted(steps, key=lambda step: step.at, reverse=True)


def _told(
    delivery: Delivery, tries: Sequence[Attempt], endpoints: Mapping[UUID, Subscription], names: Mapping[Any, str]
) -> Told:
    endpoint = endpoints[delivery.subscription]
    return Told(
        delivery=delivery,
        at=datetime.fromtimestamp(ids.milliseconds(delivery.id) / 1000, UTC),
        receiver=names.get(endpoint.connection, "a connection that is gone"),
        url=endpoint.url,
        attempts=[one for one in tries if one.delivery == delivery.id],
    )


def _step(event: Event, told: Sequence[Told], names: Mapping[Any, str]) -> Step:
    return Step(
        at=event.occurred_at,
        title=_title(event),
        who=names.get(event.connection_id, "") or ("Plughub" if event.actor == "system" else event.actor),
        connection=event.connection_id if event.connection_id in names else None,
        changes=list(_rows(event)),
        told=told,
        is_silent=event.silent,
    )


def _title(event: Event) -> str:
    match event.action:
        case Action.CREATED:
            return "Created"
        case Action.DELETED:
            return "Deleted"
    moved = next((change for change in event.changes if change.field == "status"), None)
    if moved is not None:
        return f"{_words(str(moved.before))} → {_words(str(moved.after)).lower()}"
    fields = dict.fromkeys(_words(patch.names(change.field)[0]).lower() for change in _telling(event.changes))
    return f"Changed: {', '.join(fields)}" if fields else "Changed"


def _rows(event: Event) -> Sequence[tuple[str, str, str]]:
    if event.action is Action.UPDATED:
        return [(_field(one.field), _text(one.before), _text(one.after)) for one in _telling(event.changes)]
    whole = [(change.before or {}, change.after or {}) for change in event.changes]
    return [
        (_words(name), _text(before.get(name)), _text(after.get(name)))
        for before, after in whole
        for name in (before or after)
        if name not in _UNSHOWN
    ]


def _telling(changes: Sequence[Change]) -> list[Change]:
    return [change for change in changes if patch.names(change.field)[0] not in _UNTOLD]


def _field(path: str) -> str:
    """`shipments[0190...].invoice.number` -> Shipments, invoice, number."""
    return _words(", ".join(patch.names(path)))


def _text(value: Any) -> str:
    """A value of a document as people read it."""
    match value:
        case None | "" | [] | {}:
            return "–"
        case bool():
            return "yes" if value else "no"
        case dict():
            parts = (f"{_words(name).lower()} {_text(part)}" for name, part in value.items() if name not in _UNSHOWN)
            text = ", ".join(parts)
        case list():
            text = "; ".join(_text(part) for part in value)
        case _:
            text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _words(name: str) -> str:
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]
