from functools import partial
from uuid import UUID

import asyncpg
import msgspec

from plughub.core import listing as lists
from plughub.core import search
from plughub.core.caller import Caller
from plughub.core.customers.model import Customer
from plughub.core.errors import NotFound
from plughub.core.filters import Among, Filter
from plughub.core.hub import Transaction
from plughub.core.listing import Query, Source
from plughub.core.record import Page, Record, in_order
from plughub.core.sql import Binder

SOURCE = Source(
    kind="customer",
    table="customers",
    alive="r.tenant_id = $1 AND r.company_id = $2",
    fields={"id": "r.id {test}", "created_at": "r.created_at {test}", "changed_at": "r.changed_at {test}"},
)

_COLUMNS = "id, number, version, created_at, changed_at, doc"


def anything(text: str) -> Filter:
    """Customers with this in their name, company, e-mail address or town, or these digits in their tax or phone
    number, whatever signs stand between them."""
    return Among(partial(_known_as, text.strip()))


def _known_as(text: str, bind: Binder) -> str:
    ways = [search.containing("customer", "words", text, bind)]
    digits = "".join(c for c in text if c.isdigit())
    if digits and not any(c.isalpha() for c in text):
        ways.append(search.containing("customer", "codes", digits, bind))
    return " UNION ALL ".join(f"SELECT * FROM ({way}) x" for way in ways)


async def by_key(tx: Transaction, caller: Caller, key: str) -> UUID | None:
    found: UUID | None = await tx.value(
        "SELECT id FROM customers WHERE tenant_id = $1 AND company_id = $2 AND match_key = $3",
        caller.tenant,
        caller.company,
        key,
    )
    return found


async def by_id(tx: Transaction, caller: Caller, id: UUID) -> Record[Customer]:
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM customers WHERE tenant_id = $1 AND company_id = $2 AND id = $3",
        caller.tenant,
        caller.company,
        id,
    )
    if row is None:
        raise NotFound("customer", id)
    return _record(row)


async def listing(tx: Transaction, caller: Caller, query: Query) -> Page[Record[Customer]]:
    page = await lists.page(tx, SOURCE, query, caller.tenant, caller.company, caller.connection)
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM customers WHERE tenant_id = $1 AND company_id = $2 AND id = ANY ($3)",
        caller.tenant,
        caller.company,
        [head.id for head in page.records],
    )
    return in_order(page, {row["id"]: _record(row) for row in rows})


async def customers(tx: Transaction, caller: Caller, *, limit: int = 100) -> list[Record[Customer]]:
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM customers WHERE tenant_id = $1 AND company_id = $2 ORDER BY id LIMIT $3",
        caller.tenant,
        caller.company,
        limit,
    )
    return [_record(row) for row in rows]


def _record(row: asyncpg.Record) -> Record[Customer]:
    return Record(
        id=row["id"],
        number=row["number"],
        version=row["version"],
        created_at=row["created_at"],
        created_by="",
        changed_at=row["changed_at"],
        changed_by="",
        value=msgspec.json.decode(row["doc"], type=Customer),
    )
