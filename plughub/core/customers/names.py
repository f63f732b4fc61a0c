"""What customers are called."""

from collections.abc import Sequence
from uuid import UUID

from plughub.core.caller import Caller
from plughub.core.hub import Transaction


async def names(tx: Transaction, caller: Caller, ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """Name and e-mail address, the latter perhaps empty."""
    rows = await tx.all(
        "SELECT id, name, coalesce(email, '') AS email FROM customers"
        " WHERE tenant_id = $1 AND company_id = $2 AND id = ANY ($3::uuid[])",
        caller.tenant,
        caller.company,
        list(ids),
    )
    return {row["id"]: (row["name"], row["email"]) for row in rows}
