from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from plughub.core.errors import NotFound
from plughub.core.events.model import Action, Event
from plughub.core.hub import Transaction
from plughub.core.ids import TenantId
from plughub.core.patch import Change

_COLUMNS = """
e.id, f.position, e.kind, e.record_id, e.version, e.action, e.connection_id, e.actor, e.changes, e.aspects,
e.silent, e.occurred_at
"""


#: Amounts stay exact.
_changes = msgspec.json.Decoder(list[list[Any]], float_hook=Decimal)


async def history(tx: Transaction, tenant: TenantId, kind: str, record_id: UUID) -> list[Event]:
    """Everything that happened to one record, oldest first."""
    rows = await tx.all(
        f"""
        SELECT {_COLUMNS} FROM events e
        LEFT JOIN feed_entries f ON f.tenant_id = $1 AND f.event_id = e.id
        WHERE e.tenant_id = $1 AND e.kind = $2 AND e.record_id = $3
        ORDER BY e.version, e.id
        """,
        tenant,
        kind,
        record_id,
    )
    return [_event(row) for row in rows]


async def latest(
    tx: Transaction, tenant: TenantId, kind: str, record_id: UUID, *, before: UUID | None = None, limit: int = 30
) -> list[Event]:
    """The newest of a record's events, or those older than the event `before`; newest first.

    Ids are made a little before a record's lock is got: two changes that met may stand the other way round.
    """
    rows = await tx.all(
        f"""
        SELECT {_COLUMNS} FROM events e
        LEFT JOIN feed_entries f ON f.tenant_id = $1 AND f.event_id = e.id
        WHERE e.tenant_id = $1 AND e.kind = $2 AND e.record_id = $3 AND ($4::uuid IS NULL OR e.id < $4)
        ORDER BY e.id DESC LIMIT $5
        """,
        tenant,
        kind,
        record_id,
        before,
        limit,
    )
    return [_event(row) for row in rows]


async def that_made(tx: Transaction, tenant: TenantId, kind: str, record_id: UUID, version: int) -> Event:
    """The event with which a record came to this version."""
    row = await tx.one(
        f"""
        SELECT {_COLUMNS} FROM events e
        LEFT JOIN feed_entries f ON f.tenant_id = $1 AND f.event_id = e.id
        WHERE e.tenant_id = $1 AND e.kind = $2 AND e.record_id = $3 AND e.version = $4
        """,
        tenant,
        kind,
        record_id,
        version,
    )
    if row is None:
        raise NotFound("change", version)
    return _event(row)


async def feed(tx: Transaction, tenant: TenantId, *, after: int = 0, limit: int = 100) -> list[Event]:
    """The tenant's events in the order in which they are told, from the one after `after`."""
    rows = await tx.all(
        f"""
        SELECT {_COLUMNS} FROM feed_entries f
        JOIN events e ON e.tenant_id = $1 AND e.id = f.event_id
        WHERE f.tenant_id = $1 AND f.position > $2
        ORDER BY f.position LIMIT $3
        """,
        tenant,
        after,
        limit,
    )
    return [_event(row) for row in rows]


async def placed(tx: Transaction, tenant: UUID, ids: Sequence[UUID]) -> list[Event]:
    """Events that have their place in the feed, in that order."""
    rows = await tx.all(
        f"""
        SELECT {_COLUMNS} FROM feed_entries f
        JOIN events e ON e.tenant_id = $1 AND e.id = f.event_id
        WHERE f.tenant_id = $1 AND f.event_id = ANY ($2::uuid[])
        ORDER BY f.position
        """,
        tenant,
        list(ids),
    )
    return [_event(row) for row in rows]


def _event(row: asyncpg.Record) -> Event:
    changes = _changes.decode(row["changes"])
    return Event(
        id=row["id"],
        position=row["position"],
        kind=row["kind"],
        record_id=row["record_id"],
        version=row["version"],
        action=Action(row["action"]),
        connection_id=row["connection_id"],
        actor=row["actor"],
        changes=tuple(Change(*change) for change in changes),
        aspects=frozenset(row["aspects"]),
        silent=row["silent"],
        occurred_at=row["occurred_at"],
    )
