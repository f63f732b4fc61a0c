from uuid import UUID

import msgspec

from plughub.core.caller import Caller
from plughub.core.customers.model import Customer
from plughub.core.hub import Transaction
from plughub.core.record import Record


async def by_key(tx: Transaction, caller: Caller, key: str) -> UUID | None:
    found: UUID | None = await tx.value(
        "SELECT id FROM customers WHERE tenant_id = $1 AND company_id = $2 AND match_key = $3",
        caller.tenant,
        caller.company,
        key,
    )
    return found


async def customers(tx: Transaction, caller: Caller, *, limit: int = 100) -> list[Record[Customer]]:
    rows = await tx.all(
        "SELECT id, number, version, created_at, changed_at, doc FROM customers"
        " WHERE tenant_id = $1 AND company_id = $2 ORDER BY id LIMIT $3",
        caller.tenant,
        caller.company,
        limit,
    )
    return [
        Record(
            id=row["id"],
            number=row["number"],
            version=row["version"],
            created_at=row["created_at"],
            created_by="",
            changed_at=row["changed_at"],
            changed_by="",
            value=msgspec.json.decode(row["doc"], type=Customer),
        )
        for row in rows
    ]
