"""What is wrong, in words: what fails at which receiver and why, what to do about it, and whether the hub works."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plughub.console.visit import Visit
from plughub.core import connections, webhooks
from plughub.core.connections import Connection
from plughub.core.hub import Transaction
from plughub.core.webhooks import Standing, Subscription, Trouble
from plughub.outbound import NotSent
from plughub.web.health import readiness


@dataclass(frozen=True, slots=True)
class Words:
    """What went wrong, and what somebody can do about it: a sentence or two each."""

    wrong: str
    advice: str


_NO_ANSWER: dict[str, Words] = {
    str(NotSent("connect")): Words(
        "Nobody answers at the address.", "See whether the receiver runs and can be reached from outside."
    ),
    str(NotSent("tls")): Words(
        "No secure connection can be made.",
        "Look at the receiver's certificate: it may have ended, or be of another name.",
    ),
    str(NotSent("timeout")): Words(
        "The receiver takes too long to answer.", "It should answer at once, and do its work afterwards."
    ),
    str(NotSent("broken")): Words(
        "The receiver's answer ends early, or is not HTTP.", "Look at the receiver's log, and at what stands before it."
    ),
    str(NotSent("name")): Words(
        "The address cannot be called: it is not known, or not on the public internet.",
        "Look for a slip in it. Receivers in a network of your own have to be allowed by whoever runs the hub.",
    ),
}
_ANSWERED = re.compile(r"answered (\d{3})")
_UNKNOWN = Words("Deliveries fail.", "Open one: its attempts say more.")


def words(reason: str | None) -> Words:
    """`reason`: as attempts have it."""
    if reason is None:
        return _UNKNOWN
    if answered := _ANSWERED.fullmatch(reason):
        return _answered(int(answered[1]))
    return _NO_ANSWER.get(reason) or Words(reason[:1].upper() + reason[1:].removesuffix(".") + ".", _UNKNOWN.advice)


def _answered(status: int) -> Words:
    match status:
        case 401 | 403 | 407:
            advice = "It does not let us in: look at what it expects, and whether it checks the right signing secret."
            return Words(f"The receiver refuses us: it answers {status}.", advice)
        case 404 | 405 | 410:
            return Words(f"Nothing takes messages at the address: it answers {status}.", "Correct the address.")
        case 429:
            return Words("The receiver has too much to do: it answers 429.", "It asked for time, and gets it.")
        case _ if 300 <= status < 400:
            advice = "We do not follow it: give the address that it leads to."
            return Words(f"The receiver sends us elsewhere: it answers {status}.", advice)
        case _ if status < 500:
            return Words(f"The receiver does not take it: it answers {status}.", "Open one: the answer may say why.")
    return Words(f"The receiver answers {status}.", "Something broke there: look at the receiver's own log.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Deliveries that fail at one receiver for one reason."""

    endpoint: Subscription
    connection: Connection
    trouble: Trouble
    words: Words
    #: When one of them is tried again by itself.
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    endpoint: Subscription
    connection: Connection
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Problems:
    #: Sentences on the hub itself.
    hub: tuple[str, ...]
    causes: tuple[Cause, ...]
    paused: tuple[Paused, ...]

    @property
    def count(self) -> int:
        return len(self.hub) + len(self.causes) + len(self.paused)

    @property
    def failing(self) -> int:
        """Deliveries that failed and are tried again."""
        return sum(cause.trouble.due for cause in self.causes)

    @property
    def dead(self) -> int:
        """Deliveries that were given up."""
        return sum(cause.trouble.dead for cause in self.causes)


async def hub_problems(visit: Visit) -> tuple[str, ...]:
    found = await readiness(visit.hub)
    sentences = []
    if found["worker"] != "ok":
        sentences.append(f"Nothing is sent at present: the worker was {found['worker']}.")
    if found["migrations"] != "ok":
        sentences.append(f"The database is older than the program: migrations are {found['migrations']}.")
    return tuple(sentences)


async def problems(
    tx: Transaction, visit: Visit, known: Mapping[UUID, Connection], endpoints: Mapping[UUID, Subscription]
) -> Problems:
    """Of endpoints that are still told of something; the most first. `known`: connections by id."""
    troubles = await webhooks.troubles(tx, visit.tenant.id)
    rounds = await webhooks.rounds(tx, visit.tenant.id)
    paused = [one for one in endpoints.values() if one.is_active and one.paused_at]
    standings = await webhooks.standings(tx, visit.tenant.id) if paused else {}
    return Problems(
        hub=(),
        causes=tuple(
            cause(one, endpoints[one.subscription], known, rounds)
            for one in troubles
            if endpoints[one.subscription].is_active
        ),
        paused=tuple(
            Paused(
                endpoint=one,
                connection=known[one.connection],
                waiting=standings.get(one.id, Standing()).waiting,
            )
            for one in paused
        ),
    )


def cause(
    trouble: Trouble, endpoint: Subscription, known: Mapping[UUID, Connection], rounds: Mapping[UUID, datetime]
) -> Cause:
    due_at = rounds.get(endpoint.id)
    next_at = max(trouble.next_attempt_at, due_at) if trouble.next_attempt_at and due_at else None
    return Cause(
        endpoint=endpoint,
        connection=known[endpoint.connection],
        trouble=trouble,
        words=words(trouble.reason),
        next_at=next_at,
    )


async def receivers(tx: Transaction, visit: Visit) -> tuple[dict[UUID, Connection], dict[UUID, Subscription]]:
    """Connections and their endpoints, by id."""
    known: dict[UUID, Connection] = {one.id: one for one in await connections.connections(tx, visit.tenant.id)}
    endpoints = {one.id: one for one in await webhooks.subscriptions(tx, visit.tenant.id)}
    return known, endpoints
