from collections.abc import Iterator, Sequence
from itertools import count
from uuid import UUID

import asyncpg
import msgspec

from plughub.core.caller import Caller
from plughub.core.connections.model import Connection, ConnectionUser
from plughub.core.errors import NotFound
from plughub.core.hub import Transaction
from plughub.core.ids import TenantId
from plughub.core.tenants import Access

_SELECT = """
SELECT c.id, c.dialect, c.name, c.application_id, a.client_id, c.state, c.settings, c.created_at
FROM connections c JOIN applications a ON a.id = c.application_id
WHERE c.tenant_id = $1
"""


async def connections(tx: Transaction, tenant: TenantId) -> list[Connection]:
    return [_connection(row) for row in await tx.all(_SELECT + " ORDER BY c.created_at", tenant)]


async def by_name(tx: Transaction, tenant: TenantId, dialect: str, name: str) -> Connection:
    row = await tx.one(_SELECT + " AND c.dialect = $2 AND c.name = $3", tenant, dialect, name)
    if row is None:
        raise NotFound("connection", name)
    return _connection(row)


async def by_id(tx: Transaction, tenant: TenantId, id: UUID) -> Connection:
    row = await tx.one(_SELECT + " AND c.id = $2", tenant, id)
    if row is None:
        raise NotFound("connection")
    return _connection(row)


async def user(tx: Transaction, connection: Connection) -> ConnectionUser | None:
    """Who comes in through the connection; None once it is revoked."""
    row = await tx.one(
        "SELECT username, language, permissions FROM api_users WHERE application_id = $1 AND connection_id = $2",
        connection.application,
        connection.id,
    )
    if row is None:
        return None
    permissions = msgspec.json.decode(row["permissions"] or "null", type=dict[str, Access] | None)
    return ConnectionUser(username=row["username"], language=row["language"], permissions=permissions)


async def remote_ids(
    tx: Transaction, tenant: TenantId, kinds: Sequence[str], records: Sequence[UUID]
) -> dict[UUID, dict[UUID, str]]:
    """Every connection's own id of these records: record -> connection -> remote id."""
    rows = await tx.all(
        # Connection by connection, since that is how they are kept: there are few, and many records.
        "SELECT m.record_id, m.connection_id, m.remote_id FROM connections c"
        " JOIN remote_records m ON m.tenant_id = $1 AND m.connection_id = c.id"
        " WHERE c.tenant_id = $1 AND m.kind = ANY ($2) AND m.record_id = ANY ($3) AND m.remote_id IS NOT NULL"
        " ORDER BY m.connection_id",
        tenant,
        list(kinds),
        list(records),
    )
    found: dict[UUID, dict[UUID, str]] = {}
    for row in rows:
        found.setdefault(row["record_id"], {})[row["connection_id"]] = row["remote_id"]
    return found


async def record_of(tx: Transaction, caller: Caller, kind: str, remote_id: str) -> UUID | None:
    """The record that the calling connection knows under this id alone."""
    id: UUID | None = await tx.value(
        "SELECT record_id FROM remote_records"
        " WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 AND remote_id = $4 AND exclusive",
        caller.tenant,
        caller.connection,
        kind,
        remote_id,
    )
    return id


async def hold_remote_id(tx: Transaction, caller: Caller, kind: str, remote_id: str) -> None:
    """Whoever looks for this id of the calling connection next waits until this transaction has ended."""
    name = f"remote id {caller.tenant} {caller.connection} {kind} {remote_id}"
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name)


async def free_name(tx: Transaction, tenant: TenantId, dialect: str, title: str) -> str:
    """`title`, numbered when it is taken: "Plugg.to 2". Whoever asks next waits until this transaction has ended."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"connection names {tenant} {dialect}")
    taken = {
        row["name"]
        for row in await tx.all("SELECT name FROM connections WHERE tenant_id = $1 AND dialect = $2", tenant, dialect)
    }
    return next(name for name in _numbered(title) if name not in taken)


def _numbered(title: str) -> Iterator[str]:
    yield title
    yield from (f"{title} {number}" for number in count(2))


def _connection(row: asyncpg.Record) -> Connection:
    return Connection(
        id=row["id"],
        dialect=row["dialect"],
        name=row["name"],
        application=row["application_id"],
        client_id=row["client_id"],
        state=row["state"],
        settings=msgspec.json.decode(row["settings"]),
        created_at=row["created_at"],
    )
