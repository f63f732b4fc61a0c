from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from plughub.core import ids
from plughub.core.errors import NotFound
from plughub.core.hub import Transaction
from plughub.core.ids import ConnectionId, TenantId
from plughub.core.webhooks.model import Attempt, Delivery, Hold, Outcome, Standing, State, Subscription, Trouble

_SUBSCRIPTION = """
SELECT id, connection_id AS connection, url, style, kinds, is_active, paused_at, pause_reason, secret_number,
       secret_changed_at, failures, failing_since, warned_hours, delivered_at, attempted_at
FROM subscriptions WHERE tenant_id = $1
"""

#: Below and above every id.
_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)

# Each part has an index of its own.
_STANDINGS = """
SELECT subscription_id, sum(waiting)::bigint AS waiting, sum(dead)::bigint AS dead FROM (
    SELECT d.subscription_id, count(*) AS waiting, 0 AS dead FROM deliveries d
    WHERE d.tenant_id = $1 AND d.state = 'due' GROUP BY 1
    UNION ALL
    SELECT e.subscription_id, 0, count(*) FROM deliveries e
    WHERE e.tenant_id = $1 AND e.state = 'dead' GROUP BY 1
) counted GROUP BY 1
"""

# Each part has an index of its own here, too.
_TROUBLES = """
SELECT subscription_id AS subscription, reason, sum(due)::bigint AS due, min(next_attempt_at) AS next_attempt_at,
       sum(dead)::bigint AS dead, min(first) AS first_ended_at, max(last) AS last_ended_at FROM (
    SELECT d.subscription_id, d.reason, count(*) AS due, min(d.next_attempt_at) AS next_attempt_at, 0 AS dead,
           NULL::timestamptz AS first, NULL::timestamptz AS last
    FROM deliveries d WHERE d.tenant_id = $1 AND d.state = 'due' AND d.reason IS NOT NULL GROUP BY 1, 2
    UNION ALL
    SELECT e.subscription_id, e.reason, 0, NULL, count(*), min(e.ended_at), max(e.ended_at)
    FROM deliveries e WHERE e.tenant_id = $1 AND e.state = 'dead' GROUP BY 1, 2
) counted GROUP BY 1, 2 ORDER BY sum(due) + sum(dead) DESC, 1, 2
"""

_HOLD = """
SELECT x.held_until, (
    SELECT e.id FROM deliveries e
    WHERE e.tenant_id = $1 AND e.subscription_id = $2 AND e.state = 'due' AND e.record_id = $3
      AND (e.position, e.id) < ($4, $5) ORDER BY e.position, e.id LIMIT 1) AS behind
FROM due_endpoints x WHERE x.tenant_id = $1 AND x.subscription_id = $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which deliveries: None stands for all."""

    #: At least one.
    states: Sequence[State] | None = None
    subscriptions: Sequence[UUID] | None = None
    #: Planned at or after this moment.
    since: datetime | None = None
    #: Of these records, or naming this subject.
    records: Sequence[UUID] | None = None
    subject: str | None = None
    #: Whose last attempt failed for this reason.
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DueEndpoint:
    tenant: UUID
    subscription: UUID
    is_failing: bool


async def subscriptions(
    tx: Transaction, tenant: TenantId, connection: ConnectionId | None = None
) -> list[Subscription]:
    """Every endpoint of a tenant, or of one connection, those that have ended included; the oldest first."""
    rows = await tx.all(f"{_SUBSCRIPTION} AND ($2::uuid IS NULL OR connection_id = $2) ORDER BY id", tenant, connection)
    return [_subscription(row) for row in rows]


async def subscription(tx: Transaction, tenant: UUID, id: UUID) -> Subscription:
    row = await tx.one(f"{_SUBSCRIPTION} AND id = $2", tenant, id)
    if row is None:
        raise NotFound("webhook", str(id))
    return _subscription(row)


async def deliveries(
    tx: Transaction, tenant: TenantId, wanted: Wanted, *, before: UUID | None = None, limit: int = 100
) -> list[Delivery]:
    """The newest first, from the one before `before`."""
    rows = await tx.all(
        f"SELECT d.* {_matching(wanted)} AND d.id < $7 ORDER BY d.id DESC LIMIT $8",
        tenant,
        *_values(wanted),
        before or _LAST,
        limit,
    )
    return [delivery_of(row) for row in rows]


async def count(tx: Transaction, tenant: TenantId, wanted: Wanted) -> int:
    found: int = await tx.value(f"SELECT count(*) {_matching(wanted)}", tenant, *_values(wanted))
    return found


async def counts(tx: Transaction, tenant: TenantId, wanted: Wanted) -> dict[UUID, int]:
    """How many of each endpoint."""
    rows = await tx.all(
        f"SELECT d.subscription_id, count(*) AS count {_matching(wanted)} GROUP BY 1", tenant, *_values(wanted)
    )
    return {row["subscription_id"]: row["count"] for row in rows}


async def delivery_ids(
    tx: Transaction, tenant: TenantId, wanted: Wanted, *, after: UUID | None = None, limit: int = 1000
) -> list[UUID]:
    """The oldest first, from the one after `after`."""
    rows = await tx.all(
        f"SELECT d.id {_matching(wanted)} AND d.id > $7 ORDER BY d.id LIMIT $8",
        tenant,
        *_values(wanted),
        after or _FIRST,
        limit,
    )
    return [row["id"] for row in rows]


async def deliveries_between(tx: Transaction, tenant: TenantId, first: UUID, last: UUID) -> list[UUID]:
    """Ids of up to two deliveries from the first id to the last: enough to see whether there is one."""
    rows = await tx.all(
        "SELECT id FROM deliveries WHERE tenant_id = $1 AND id BETWEEN $2 AND $3 LIMIT 2", tenant, first, last
    )
    return [row["id"] for row in rows]


async def standings(tx: Transaction, tenant: TenantId) -> dict[UUID, Standing]:
    """How endpoints stand; one for which nothing waits and nothing is dead is left out."""
    rows = await tx.all(_STANDINGS, tenant)
    return {row["subscription_id"]: Standing(waiting=row["waiting"], dead=row["dead"]) for row in rows}


async def troubles(tx: Transaction, tenant: TenantId) -> list[Trouble]:
    """What fails or has been given up, by endpoint and reason, the most first; of endpoints that have ended, too."""
    return [Trouble(**dict(row)) for row in await tx.all(_TROUBLES, tenant)]


async def rounds(tx: Transaction, tenant: TenantId) -> dict[UUID, datetime]:
    """When each endpoint is next sent something; one that is paused, or for which nothing waits, is left out."""
    rows = await tx.all(
        "SELECT subscription_id, due_at FROM due_endpoints WHERE tenant_id = $1 AND due_at IS NOT NULL", tenant
    )
    return {row["subscription_id"]: row["due_at"] for row in rows}


async def hold(tx: Transaction, tenant: TenantId, delivery: Delivery) -> Hold:
    row = await tx.one(_HOLD, tenant, delivery.subscription, delivery.record_id, delivery.position, delivery.id)
    return Hold(until=row["held_until"], behind=row["behind"]) if row else Hold(until=None, behind=None)


async def delivery(tx: Transaction, tenant: TenantId, id: UUID) -> Delivery:
    row = await tx.one("SELECT * FROM deliveries WHERE tenant_id = $1 AND id = $2", tenant, id)
    if row is None:
        raise NotFound("delivery", str(id))
    return delivery_of(row)


async def attempts(tx: Transaction, tenant: TenantId, delivery: UUID) -> list[Attempt]:
    """Every try of a delivery, the first first."""
    return await attempts_of(tx, tenant, [delivery])


async def attempts_of(tx: Transaction, tenant: TenantId, deliveries: Sequence[UUID]) -> list[Attempt]:
    """Every try of any of these deliveries, the first first."""
    rows = await tx.all(
        "SELECT id, delivery_id, number, began_at, seconds, status, outcome, reason, answer FROM attempts"
        " WHERE tenant_id = $1 AND delivery_id = ANY ($2) ORDER BY id",
        tenant,
        list(deliveries),
    )
    return [
        Attempt(
            id=row["id"],
            delivery=row["delivery_id"],
            number=row["number"],
            began_at=row["began_at"],
            seconds=row["seconds"],
            status=row["status"],
            outcome=Outcome(row["outcome"]),
            reason=row["reason"],
            answer=row["answer"] or b"",
        )
        for row in rows
    ]


async def due_endpoints(tx: Transaction, at: datetime, limit: int) -> list[DueEndpoint]:
    """Endpoints whose time has come, of all tenants in rounds: each tenant's longest waiting one, then each one's
    second ... At most `limit` of those that are well, and as many that fail: the latter may have to wait, and must
    not stand before the others here. Sees ids and times only."""
    rows = await tx.all(
        """
        SELECT tenant_id, subscription_id, is_failing FROM (
            SELECT d.*, row_number() OVER (PARTITION BY is_failing ORDER BY round, due_at) AS place FROM (
                SELECT tenant_id, subscription_id, is_failing, due_at,
                       row_number() OVER (PARTITION BY tenant_id ORDER BY is_failing, due_at) AS round
                FROM due_endpoints WHERE due_at <= $1) d) d
        WHERE place <= $2 ORDER BY round, due_at
        """,
        at,
        limit,
    )
    return [DueEndpoint(row["tenant_id"], row["subscription_id"], row["is_failing"]) for row in rows]


def _matching(wanted: Wanted) -> str:
    """SQL from FROM on. The states are spelled out: a partial index serves only those who name its state."""
    states = "true"
    if wanted.states is not None:
        states = f"d.state IN ({', '.join(repr(state.value) for state in wanted.states)})"
    return f"""
    FROM deliveries d WHERE d.tenant_id = $1 AND {states}
      AND ($2::uuid[] IS NULL OR d.subscription_id = ANY ($2))
      AND d.id >= $3
      AND ($4::uuid[] IS NULL OR d.record_id = ANY ($4) OR d.subject = $5)
      AND ($6::text IS NULL OR d.reason = $6)
    """


def _values(wanted: Wanted) -> tuple[Any, ...]:
    """From $2 on."""
    since = ids.first_of(wanted.since) if wanted.since else _FIRST
    return wanted.subscriptions, since, wanted.records, wanted.subject, wanted.reason


def _subscription(row: asyncpg.Record) -> Subscription:
    return Subscription(**(dict(row) | {"kinds": tuple(row["kinds"])}))


def delivery_of(row: asyncpg.Record) -> Delivery:
    return Delivery(
        id=row["id"],
        subscription=row["subscription_id"],
        event=row["event_id"],
        position=row["position"],
        kind=row["kind"],
        record_id=row["record_id"],
        subject=row["subject"],
        action=row["action"],
        aspects=frozenset(row["aspects"]),
        state=State(row["state"]),
        attempt_count=row["attempt_count"],
        next_attempt_at=row["next_attempt_at"],
        claim=row["claim_id"],
        ended_at=row["ended_at"],
        reason=row["reason"],
    )
