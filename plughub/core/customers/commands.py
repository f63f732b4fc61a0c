from datetime import datetime
from uuid import UUID

from plughub.core import events, ids
from plughub.core.caller import Caller
from plughub.core.customers import queries, store
from plughub.core.customers.model import Customer
from plughub.core.events import Action
from plughub.core.hub import Transaction
from plughub.core.patch import Change


async def remember(
    tx: Transaction, caller: Caller, key: str, customer: Customer, *, at: datetime | None = None
) -> UUID:
    """The id of the customer known by `key`; one that is new is stored as given."""
    known = await queries.by_key(tx, caller, key)
    if known is not None:
        return known
    id = ids.new()
    number = await tx.numbers.one(caller.tenant, "customer")
    made = await store.insert(tx, caller, id, number, key, customer, at=at)
    if not made:
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
