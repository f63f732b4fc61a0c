"""Whether a request left anything behind: a checksum over all that the database holds of a tenant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from uuid import UUID

from plughub.core.hub import Hub

#: What may change though a request was refused, each with the reason.
MAY_CHANGE = {
    "number_blocks": "running numbers are reserved ahead; gaps are allowed",
    "connection_calls": "every call is counted",
    "requests": "what was refused stands in the request log",
}
#: Every table with a tenant, partitions left out: they are read through their parents.
_TABLES = """
SELECT c.relname AS name FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
ORDER BY c.relname
"""


async def traces(hub: Hub, tenant: UUID) -> dict[str, tuple[int, str]]:
    """Table -> (rows, checksum of their contents)."""
    async with hub.read(tenant) as tx:
        names = [row["name"] for row in await tx.all(_TABLES)]
        rows = await tx.all(_question(tuple(name for name in names if name not in MAY_CHANGE)), tenant)
    return {row["name"]: (row["rows"], row["content"]) for row in rows}


@cache
def _question(tables: tuple[str, ...]) -> str:
    of_each = [
        f"SELECT '{name}' AS name, count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS content"
        f" FROM {name} t WHERE t.tenant_id = $1"
        for name in tables
    ]
    own = (
        "SELECT 'tenants', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM tenants t WHERE id = $1"
    )
    return " UNION ALL ".join([*of_each, own])


def difference(before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]]) -> list[str]:
    """The tables that changed."""
    return sorted(name for name in after if after[name] != before.get(name))


@asynccontextmanager
async def unchanged(hub: Hub, tenant: UUID) -> AsyncIterator[None]:
    """What happens in this block must leave no trace."""
    before = await traces(hub, tenant)
    yield
    assert difference(before, await traces(hub, tenant)) == []
