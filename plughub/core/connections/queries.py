import asyncpg
import msgspec

from plughub.core.connections.model import Connection
from plughub.core.errors import NotFound
from plughub.core.hub import Transaction
from plughub.core.ids import TenantId

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
