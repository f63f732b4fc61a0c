from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from plughub.core.errors import NotFound
from plughub.core.hub import Transaction
from plughub.core.ids import ConnectionId, TenantId
from plughub.core.webhooks.model import Attempt, Delivery, Outcome, State, Subscription

_SUBSCRIPTION = """
SELECT id, connection_id AS connection, url, style, kinds, is_active, paused_at, pause_reason, secret_number,
       secret_changed_at, failures, failing_since, warned_hours, delivered_at, attempted_at
FROM subscriptions WHERE tenant_id = $1
"""

_DELIVERIES = """
FROM deliveries d WHERE d.tenant_id = $1
  AND ($2::text[] IS NULL OR d.state = ANY ($2))
  AND ($3::uuid[] IS NULL OR d.subscription_id = ANY ($3))
  AND ($4::uuid IS NULL OR d.id >= $4)
  AND ($5::uuid IS NULL OR d.record_id = $5)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which deliveries: None stands for all."""

    states: Sequence[State] | None = None
    subscriptions: Sequence[UUID] | None = None
    #: Planned at or after this moment.
    since: datetime | None = None
    record: UUID | None = None


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
        f"SELECT d.* {_DELIVERIES} AND ($6::uuid IS NULL OR d.id < $6) ORDER BY d.id DESC LIMIT $7",
        tenant,
        *_values(wanted),
        before,
        limit,
    )
    return [delivery_of(row) for row in rows]


async def count(tx: Transaction, tenant: TenantId, wanted: Wanted) -> int:
    found: int = await tx.value(f"SELECT count(*) {_DELIVERIES}", tenant, *_values(wanted))
    return found


async def delivery(tx: Transaction, tenant: TenantId, id: UUID) -> Delivery:
    row = await tx.one("SELECT * FROM deliveries WHERE tenant_id = $1 AND id = $2", tenant, id)
    if row is None:
        raise NotFound("delivery", str(id))
    return delivery_of(row)


async def attempts(tx: Transaction, tenant: TenantId, delivery: UUID) -> list[Attempt]:
    """Every try of a delivery, the first first."""
    rows = await tx.all(
        "SELECT id, delivery_id, number, began_at, seconds, status, outcome, reason, answer FROM attempts"
        " WHERE tenant_id = $1 AND delivery_id = $2 ORDER BY id",
        tenant,
        delivery,
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


def _values(wanted: Wanted) -> tuple[list[str] | None, Sequence[UUID] | None, UUID | None, UUID | None]:
    states = None if wanted.states is None else [state.value for state in wanted.states]
    since = None if wanted.since is None else UUID(int=int(wanted.since.timestamp() * 1000) << 80)
    return states, wanted.subscriptions, since, wanted.record


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
    )
