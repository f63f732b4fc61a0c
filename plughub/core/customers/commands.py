from datetime import datetime
from uuid import UUID

from plughub.core import events, ids
from plughub.core.caller import Caller
from plughub.core.customers import queries
from plughub.core.customers.model import Customer
from plughub.core.events import Action
from plughub.core.hub import Transaction
from plughub.core.patch import Change
from plughub.core.values import to_json

_INSERT = """
INSERT INTO customers (tenant_id, id, company_id, number, match_key, name, email, version, created_at, changed_at, doc)
SELECT $1, $2, $3, $4, $5, $6, $7, 1, t.at, t.at, $8 FROM (SELECT coalesce($9, clock_timestamp()) AS at) t
ON CONFLICT (tenant_id, company_id, match_key) DO NOTHING RETURNING id
"""


async def remember(
    tx: Transaction, caller: Caller, key: str, customer: Customer, *, at: datetime | None = None
) -> UUID:
    """The id of the customer known by `key`; one that is new is stored as given."""
    known = await queries.by_key(tx, caller, key)
    if known is not None:
        return known
    id = ids.new()
    number = await tx.numbers.one(caller.tenant, "customer")
    made = await tx.value(
        _INSERT,
        caller.tenant, id, caller.company, number, key, customer.name, customer.email, to_json(customer), at,
    )  # fmt: skip
    if made is None:
        # Another order of the same buyer was faster; it has been waited for.
        other = await queries.by_key(tx, caller, key)
        assert other is not None  # noqa: S101
        return other
    await events.record(
        tx,
        caller,
        "customer",
        id,
        version=1,
        action=Action.CREATED,
        changes=[Change("", None, customer)],
        aspects=["content"],
        at=at,
    )
    return id
