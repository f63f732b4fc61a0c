"""What a request left in the database: whether anything at all was written for a tenant."""

from tests.dialects.plugboard.conftest import Client
from tests.trace import MAY_CHANGE


async def traces(client: Client) -> dict[str, tuple[int, int]]:
    """Of each table how many rows the tenant has and which transactions wrote them: no write leaves it as it was."""
    tenant = client.shop.tenant.id
    async with client.shop.hub.read(tenant) as tx:
        tables = [row["name"] for row in await tx.all(_TABLES) if row["name"] not in MAY_CHANGE]
        counted = (
            f"SELECT '{name}' AS name, count(*) AS rows, coalesce(sum(xmin::text::bigint), 0) AS writers"
            f" FROM {name} WHERE tenant_id = $1"
            for name in tables
        )
        rows = await tx.all(" UNION ALL ".join(counted), tenant)
    return {row["name"]: (row["rows"], int(row["writers"])) for row in rows}


_TABLES = """
SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND has_table_privilege(c.oid, 'SELECT')
"""
