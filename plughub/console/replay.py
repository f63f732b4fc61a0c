"""Sending many deliveries again: counted first, then done in batches, with the progress shown."""

import time
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from plughub.console import troubles
from plughub.console.deliveries import FILTERS, TIMES, ask_at_once, wanted_of
from plughub.console.rendering import page
from plughub.console.visit import Page, Visit
from plughub.core import ids, webhooks
from plughub.core.connections import Connection
from plughub.core.errors import Invalid
from plughub.core.hub import Transaction
from plughub.core.tenants import Right
from plughub.core.webhooks import State, Subscription, Wanted
from plughub.web import Reply

#: Deliveries that one transaction puts back.
_BATCH = 500
#: Seconds that one request works before it shows how far it is.
_PATIENCE = 2.0
#: What can be sent again; what was cancelled belongs to a receiver that is told nothing any more.
_STATES = {"": "Given up or waiting", "dead": "Given up", "due": "Waiting or failing", "delivered": "Delivered"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """The deliveries that are meant, and their receivers."""

    #: As a form has them.
    fields: dict[str, str]
    wanted: Wanted
    endpoints: list[Subscription]
    connections: dict[UUID, Connection]


async def get_replay(visit: Visit) -> Reply:
    """How many would be sent again, and to whom."""
    async with visit.hub.read(visit.tenant.id) as tx:
        which = await _which(tx, visit, visit.query)
        counts = await webhooks.counts(tx, visit.tenant.id, which.wanted)
    found = [(one, counts[one.id]) for one in which.endpoints if one.id in counts]
    return page(
        visit,
        "replay.html",
        which=which,
        found=found,
        total=sum(count for _, count in found),
        states=_STATES,
        times=TIMES,
    )


async def _which(tx: Transaction, visit: Visit, given: dict[str, str]) -> Which:
    connections, endpoints = await troubles.receivers(tx, visit)
    wanted = wanted_of(given, endpoints, visit.hub.now())
    alive = [one for one in endpoints.values() if one.is_active]
    chosen = [one for one in alive if wanted.subscriptions is None or one.id in wanted.subscriptions]
    fields = {name: given[name] for name in FILTERS if given.get(name)}
    if wanted.since:
        # The same moment from the count to the end.
        fields["since"] = wanted.since.isoformat()
    return Which(
        fields=fields,
        wanted=replace(
            wanted,
            states=wanted.states or [State.DEAD, State.DUE],
            subscriptions=[one.id for one in chosen],
        ),
        endpoints=chosen,
        connections=connections,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far it is: what the form carries from one request to the next."""

    total: int
    #: Looked at, and put back.
    seen: int
    again: int
    #: The last that was looked at.
    after: UUID | None
    #: What was planned later is sent anyway.
    until: datetime


async def post_replay(visit: Visit) -> Reply:
    form = visit.form
    progress = _progress(form, visit.hub.now())
    async with visit.hub.read(visit.tenant.id) as tx:
        which = await _which(tx, visit, form)
    progress, is_done = await _go_on(visit, which, progress)
    if not is_done:
        return page(visit, "replaying.html", which=which, progress=progress)
    left = progress.seen - progress.again
    text = f"{progress.again:,} {'is' if progress.again == 1 else 'are'} sent again."
    if left:
        text += f" {left:,} were left alone: they are being sent at this moment."
    if any(one.paused_at for one in which.endpoints):
        text += " What is for a paused receiver waits until it is resumed."
    return visit.go(visit.url("deliveries"), text)


def _progress(form: dict[str, str], now: datetime) -> Progress:
    try:
        return Progress(
            total=int(form.get("total", "0")),
            seen=int(form.get("seen", "0")),
            again=int(form.get("again", "0")),
            after=UUID(form["after"]) if form.get("after") else None,
            until=datetime.fromisoformat(form["until"]) if form.get("until") else now,
        )
    except ValueError as error:
        raise Invalid("", "the form cannot be read: begin once more") from error


async def _go_on(visit: Visit, which: Which, progress: Progress) -> tuple[Progress, bool]:
    """The oldest first, so that deliveries of a record keep their order."""
    began, end = time.monotonic(), ids.first_of(progress.until)
    while time.monotonic() - began < _PATIENCE:
        async with visit.hub.change(visit.tenant.id) as tx:
            found = await webhooks.delivery_ids(tx, visit.tenant.id, which.wanted, after=progress.after, limit=_BATCH)
            batch = [id for id in found if id < end]
            if batch:
                again = await webhooks.again(tx, visit.tenant.id, batch, now=visit.hub.now())
                progress = replace(
                    progress, seen=progress.seen + len(batch), again=progress.again + again, after=batch[-1]
                )
        if len(batch) < _BATCH:
            await _ask_all(visit, which)
            return progress, True
    return progress, False


async def _ask_all(visit: Visit, which: Which) -> None:
    async with visit.hub.change(visit.tenant.id) as tx:
        for endpoint in which.endpoints:
            await ask_at_once(tx, visit, endpoint)


PAGES = (
    Page("GET", "/{shop}/deliveries/again", get_replay, Right.DELIVERIES),
    Page("POST", "/{shop}/deliveries/again", post_replay, Right.DELIVERIES),
)
