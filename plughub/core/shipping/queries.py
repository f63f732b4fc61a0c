from uuid import UUID

import asyncpg

from plughub.core.errors import NotFound
from plughub.core.hub import Transaction
from plughub.core.ids import TenantId
from plughub.core.shipping import rules
from plughub.core.shipping.model import Counts, FreightRow, FreightSource, FreightTable, Origin, Parcel, Quote

SOURCE_COLUMNS = """
s.id, s.name, s.url, s.connection_id, s.budget_ms, s.is_active, s.version, s.answered, s.late, s.failed,
s.last_answered_at, s.last_failed_at, s.last_failure
"""
_TABLE = "SELECT id, name, row_count, version, changed_at FROM freight_tables WHERE tenant_id = $1"
_ROW_COLUMNS = """
r.country, r.postal_from, r.postal_to, r.weight_from, r.weight_to, r.value_from, r.value_to, r.method, r.company,
r.price, r.extra_kg, r.percentage, r.days
"""
#: What `rules.quotes` asks of a row, so that hardly more rows travel than quotes are given: $6 is the weight, $7 the
#: order value. A test holds that no row is lost.
_COVERING = f"""
SELECT {_ROW_COLUMNS} FROM freight_rows r
WHERE r.tenant_id = $1 AND r.country = $2 AND r.postal_prefix = ANY ($3)
  AND (r.postal_from = '' OR (length(r.postal_from) = $4 AND r.postal_from <= $5 AND r.postal_to >= $5))
  AND CASE WHEN $6::numeric IS NULL THEN r.weight_from = 0 AND r.weight_to IS NULL AND r.extra_kg = 0
      ELSE (r.weight_from = 0 OR r.weight_from < $6) AND (r.weight_to IS NULL OR r.weight_to >= $6) END
  AND CASE WHEN $7::numeric IS NULL THEN r.value_from = 0 AND r.value_to IS NULL AND r.percentage = 0
      ELSE (r.value_from = 0 OR r.value_from < $7) AND (r.value_to IS NULL OR r.value_to >= $7) END
ORDER BY r.table_id, r.number LIMIT {{most}}
"""
#: More ways to send one parcel are a mistake in the table; they must not fill the memory of everybody's process.
_MOST_QUOTES = 1000


async def origin(tx: Transaction, tenant: TenantId) -> Origin | None:
    row = await tx.one(
        "SELECT country, postal_code, city, state FROM freight_origins WHERE tenant_id = $1",
        tenant,
    )
    return None if row is None else Origin(**row)


async def sources(tx: Transaction, tenant: TenantId) -> list[FreightSource]:
    rows = await tx.all(
        f"SELECT {SOURCE_COLUMNS} FROM freight_sources s WHERE s.tenant_id = $1 ORDER BY s.name",
        tenant,
    )
    return [source_from(row) for row in rows]


async def active_sources(tx: Transaction, tenant: TenantId) -> list[FreightSource]:
    """Those that are to be asked."""
    rows = await tx.all(
        f"""
        SELECT {SOURCE_COLUMNS} FROM freight_sources s
        LEFT JOIN connections c ON c.tenant_id = $1 AND c.id = s.connection_id
        WHERE s.tenant_id = $1 AND s.is_active AND (s.connection_id IS NULL OR c.state = 'active')
        ORDER BY s.id
        """,
        tenant,
    )
    return [source_from(row) for row in rows]


async def tables(tx: Transaction, tenant: TenantId) -> list[FreightTable]:
    return [table_from(row) for row in await tx.all(f"{_TABLE} ORDER BY name", tenant)]


async def table_by_name(tx: Transaction, tenant: TenantId, name: str) -> FreightTable:
    row = await tx.one(f"{_TABLE} AND name = $2", tenant, name)
    if row is None:
        raise NotFound("freight table", name)
    return table_from(row)


async def rows(tx: Transaction, tenant: TenantId, table: UUID, *, most: int | None = None) -> list[FreightRow]:
    """The rows of one table in their order. One statement, so that a table that is replaced meanwhile stays whole."""
    found = await tx.all(
        f"SELECT {_ROW_COLUMNS} FROM freight_rows r WHERE r.tenant_id = $1 AND r.table_id = $2"
        " ORDER BY r.number LIMIT $3",
        tenant,
        table,
        most,
    )
    return [_row(row) for row in found]


async def table_quotes(tx: Transaction, tenant: TenantId, parcel: Parcel) -> list[Quote]:
    """What all tables of the tenant quote for this parcel."""
    code = parcel.destination.postal_code
    found = await tx.all(
        _COVERING.format(most=_MOST_QUOTES),
        tenant,
        parcel.destination.country,
        [code[:length] for length in range(len(code) + 1)],
        len(code),
        code,
        rules.weight(parcel),
        rules.value(parcel),
    )
    return rules.quotes((_row(row) for row in found), parcel)


def source_from(row: asyncpg.Record) -> FreightSource:
    return FreightSource(
        id=row["id"],
        name=row["name"],
        url=row["url"],
        connection=row["connection_id"],
        budget_ms=row["budget_ms"],
        is_active=row["is_active"],
        version=row["version"],
        counts=Counts(**{name: row[name] for name in Counts.__struct_fields__}),
    )


def table_from(row: asyncpg.Record) -> FreightTable:
    return FreightTable(**row)


def _row(row: asyncpg.Record) -> FreightRow:
    return FreightRow(**{name: row[name] for name in FreightRow.__struct_fields__})
