from datetime import datetime
from uuid import UUID

import asyncpg

from plughub.core.errors import NotFound
from plughub.core.hub import Transaction
from plughub.core.ids import ConnectionId, TenantId
from plughub.core.traffic.model import Call, Request, Traffic, Wanted

_REQUEST = """
SELECT id, connection_id AS connection, method, path, query, subject, status, seconds, address, agent,
       sent_type, sent, sent_size, answer_type, answer, answer_size
FROM requests r WHERE r.tenant_id = $1
"""

# The day is over at midnight, whether or not anybody called since.
_TRAFFIC = """
SELECT c.*, c.day = ($2::timestamptz AT TIME ZONE t.time_zone)::date AS is_today
FROM connection_calls c JOIN tenants t ON t.id = c.tenant_id
WHERE c.tenant_id = $1
"""

# Each has an index that serves it; partial ones serve only those who spell their condition out.
_CONDITIONS = {
    Wanted.ALL: "true",
    Wanted.CHANGES: "r.method NOT IN ('GET', 'HEAD')",
    Wanted.FAILED: "r.status >= 400",
}
_LAST = UUID(int=2**128 - 1)


async def traffic(tx: Transaction, tenant: TenantId, now: datetime) -> dict[ConnectionId, Traffic]:
    """Figures of the connections that ever called."""
    return {row["connection_id"]: _traffic(row) for row in await tx.all(_TRAFFIC, tenant, now)}


async def requests(
    tx: Transaction,
    tenant: TenantId,
    *,
    wanted: Wanted = Wanted.ALL,
    connection: ConnectionId | None = None,
    subject: str | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Request]:
    """The newest first, from the one before `before`. `subject`: what their paths name, exactly."""
    sql = f"{_REQUEST} AND {_CONDITIONS[wanted]} AND r.id < $2"
    values: list[object] = [tenant, before or _LAST, limit]
    for column, value in (("r.connection_id", connection), ("r.subject", subject)):
        if value is not None:
            values.append(value)
            sql += f" AND {column} = ${len(values)}"
    rows = await tx.all(f"{sql} ORDER BY r.id DESC LIMIT $3", *values)
    return [_request(row) for row in rows]


async def request(tx: Transaction, tenant: TenantId, id: UUID) -> Request:
    row = await tx.one(f"{_REQUEST} AND r.id = $2", tenant, id)
    if row is None:
        raise NotFound("request", id.hex)
    return _request(row)


def _request(row: asyncpg.Record) -> Request:
    return Request(**dict(row))


def _traffic(row: asyncpg.Record) -> Traffic:
    return Traffic(
        calls=row["calls"],
        failures=row["failures"],
        calls_today=row["calls_today"] if row["is_today"] else 0,
        failures_today=row["failures_today"] if row["is_today"] else 0,
        last=Call(row["last_at"], row["last_method"], row["last_path"], row["last_status"]),
        failed=Call(row["failed_at"], row["failed_method"], row["failed_path"], row["failed_status"])
        if row["failed_at"]
        else None,
    )
