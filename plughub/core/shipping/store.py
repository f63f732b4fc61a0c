from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from msgspec.structs import asdict

from plughub.core.errors import Duplicate, NotFound
from plughub.core.hub import Transaction
from plughub.core.ids import TenantId
from plughub.core.shipping import rules
from plughub.core.shipping.model import FreightRow, FreightSource, FreightTable, Origin
from plughub.core.shipping.queries import SOURCE_COLUMNS, source_from, table_from
from plughub.core.values import to_json

#: Rows per statement: each has five seconds.
_BATCH = 5000

_ROWS = """
INSERT INTO freight_rows (tenant_id, table_id, number, country, postal_from, postal_to, postal_prefix, weight_from,
                          weight_to, value_from, value_to, method, company, price, extra_kg, percentage, days)
SELECT $1, $2, x.number, x.country, x.postal_from, x.postal_to, x.postal_prefix, x.weight_from, x.weight_to,
       x.value_from, x.value_to, x.method, x.company, x.price, x.extra_kg, x.percentage, x.days
FROM json_to_recordset($3) AS x (
    number integer, country text, postal_from text, postal_to text, postal_prefix text, weight_from numeric,
    weight_to numeric, value_from numeric, value_to numeric, method text, company text, price numeric,
    extra_kg numeric, percentage numeric, days integer)
"""
#: Held first, in one order: a join takes its rows in the planner's, and two processes would meet in a deadlock.
_COUNT = """
WITH held AS MATERIALIZED (
    SELECT id FROM freight_sources WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR NO KEY UPDATE
)
UPDATE freight_sources s SET
    answered = s.answered + x.answered, late = s.late + x.late, failed = s.failed + x.failed,
    last_answered_at = greatest(s.last_answered_at, x.answered_at),
    last_failure = CASE WHEN x.failed_at >= coalesce(s.last_failed_at, x.failed_at)
                   THEN x.failure ELSE s.last_failure END,
    last_failed_at = greatest(s.last_failed_at, x.failed_at)
FROM held JOIN unnest(
    $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::timestamptz[], $8::text[]
) AS x (id, answered, late, failed, answered_at, failed_at, failure) ON x.id = held.id
WHERE s.tenant_id = $1 AND s.id = held.id
"""


async def save_origin(tx: Transaction, tenant: TenantId, origin: Origin) -> None:
    await tx.run(
        """
        INSERT INTO freight_origins (tenant_id, country, postal_code, city, state) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (tenant_id) DO UPDATE SET
            country = excluded.country, postal_code = excluded.postal_code, city = excluded.city, state = excluded.state
        """,
        tenant, origin.country, origin.postal_code, origin.city, origin.state,
    )  # fmt: skip


async def lock_sources(tx: Transaction, tenant: TenantId) -> int:
    """How many there are. Whoever adds one next waits until this transaction has ended."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"freight sources {tenant}")
    count: int = await tx.value("SELECT count(*) FROM freight_sources WHERE tenant_id = $1", tenant)
    return count


async def lock_source(tx: Transaction, tenant: TenantId, name: str) -> FreightSource:
    row = await tx.one(
        f"SELECT {SOURCE_COLUMNS} FROM freight_sources s WHERE s.tenant_id = $1 AND s.name = $2 FOR UPDATE",
        tenant,
        name,
    )
    if row is None:
        raise NotFound("freight source", name)
    return source_from(row)


async def insert_source(tx: Transaction, tenant: TenantId, source: FreightSource) -> None:
    await _saved(
        tx,
        source.name,
        "INSERT INTO freight_sources (tenant_id, id, name, url, connection_id, budget_ms, is_active, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant, *_columns(source),
    )  # fmt: skip


async def save_source(tx: Transaction, tenant: TenantId, source: FreightSource) -> None:
    await _saved(
        tx,
        source.name,
        "UPDATE freight_sources SET name = $3, url = $4, connection_id = $5, budget_ms = $6, is_active = $7,"
        " version = $8 WHERE tenant_id = $1 AND id = $2",
        tenant, *_columns(source),
    )  # fmt: skip


async def remove_source(tx: Transaction, tenant: TenantId, id: UUID) -> None:
    await tx.run("DELETE FROM freight_sources WHERE tenant_id = $1 AND id = $2", tenant, id)


async def count(tx: Transaction, tenant: TenantId, columns: Sequence[Sequence[Any]]) -> None:
    await tx.run(_COUNT, tenant, *columns)


async def lock_table(tx: Transaction, tenant: TenantId, name: str) -> FreightTable | None:
    row = await tx.one(
        "SELECT id, name, row_count, version, changed_at FROM freight_tables"
        " WHERE tenant_id = $1 AND name = $2 FOR UPDATE",
        tenant,
        name,
    )
    return None if row is None else table_from(row)


async def insert_table(tx: Transaction, tenant: TenantId, table: FreightTable) -> None:
    try:
        await tx.run(
            "INSERT INTO freight_tables (tenant_id, id, name, row_count, version, changed_at)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            tenant, table.id, table.name, table.row_count, table.version, table.changed_at,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise Duplicate("freight table", table.name) from error


async def save_table(tx: Transaction, tenant: TenantId, table: FreightTable) -> None:
    await tx.run(
        "UPDATE freight_tables SET row_count = $3, version = $4, changed_at = $5 WHERE tenant_id = $1 AND id = $2",
        tenant, table.id, table.row_count, table.version, table.changed_at,
    )  # fmt: skip


async def insert_rows(tx: Transaction, tenant: TenantId, table: UUID, rows: Sequence[FreightRow]) -> None:
    for first in range(0, len(rows), _BATCH):
        batch = [
            {
                **asdict(row),
                "number": number,
                "postal_prefix": rules.prefix(row.postal_from, row.postal_to),
            }
            for number, row in enumerate(rows[first : first + _BATCH], first + 1)
        ]
        await tx.run(_ROWS, tenant, table, to_json(batch))


async def remove_rows(tx: Transaction, tenant: TenantId, table: UUID) -> None:
    await tx.run("DELETE FROM freight_rows WHERE tenant_id = $1 AND table_id = $2", tenant, table)


async def remove_table(tx: Transaction, tenant: TenantId, table: UUID) -> None:
    await remove_rows(tx, tenant, table)
    await tx.run("DELETE FROM freight_tables WHERE tenant_id = $1 AND id = $2", tenant, table)


async def _saved(tx: Transaction, name: str, sql: str, *values: Any) -> None:
    try:
        await tx.run(sql, *values)
    except asyncpg.UniqueViolationError as error:
        raise Duplicate("freight source", name) from error


def _columns(source: FreightSource) -> tuple[Any, ...]:
    return (
        source.id,
        source.name,
        source.url,
        source.connection,
        source.budget_ms,
        source.is_active,
        source.version,
    )
