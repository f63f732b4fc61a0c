from datetime import datetime
from uuid import UUID

from plughub.core import events, ids
from plughub.core.caller import Caller
from plughub.core.customers import queries
from plughub.core.customers.model import Customer
from plughub.core.events import Action
from plughub.core.hub import Transaction
from plughub.core.patch import Change
from plughub.core.values import fold, to_json

#: The customer and its search row in one statement.
_INSERT = """
WITH made AS (
    INSERT INTO customers
        (tenant_id, id, company_id, number, match_key, name, email, version, created_at, changed_at, doc)
    SELECT $1, $2, $3, $4, $5, $6, $7, 1, t.at, t.at, $8 FROM (SELECT coalesce($9, clock_timestamp()) AS at) t
    ON CONFLICT (tenant_id, company_id, match_key) DO NOTHING RETURNING id
),
found AS (
    INSERT INTO search_rows (tenant_id, kind, id, leaves, words, codes, groups)
    SELECT $1, 'customer', id, '{}', $10, $11, '' FROM made
)
SELECT id FROM made
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
        _words(customer), _codes(customer, number),
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


def _words(customer: Customer) -> str:
    texts = (customer.name, customer.email, customer.company_name, customer.address.get("city"))
    return fold("\n".join(text for text in texts if text))


def _codes(customer: Customer, number: int) -> str:
    """Digits alone: people write tax and phone numbers with all kinds of signs between them."""
    texts = (str(number), customer.person_tax_id, customer.company_tax_id, customer.phone)
    return "\n".join(digits for text in texts if (digits := "".join(c for c in text or "" if c.isdigit())))
