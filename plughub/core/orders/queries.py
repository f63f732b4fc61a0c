from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plughub.core import listing as lists
from plughub.core.caller import Caller
from plughub.core.errors import NotFound
from plughub.core.hub import Transaction
from plughub.core.listing import Query, Source
from plughub.core.orders.documents import AGGREGATE, read
from plughub.core.orders.model import Order
from plughub.core.orders.words import Words
from plughub.core.record import Head, Page, Record, in_order

_OURS = "r.tenant_id = $1 AND r.company_id = $2"

_MINE = """
EXISTS (SELECT FROM remote_records m WHERE m.tenant_id = $1 AND m.connection_id = $3 AND m.kind = 'order'
        AND m.record_id = r.id AND {})
"""

#: Fields of orders that filters find in columns and rows; every other field is found through `Has`.
FIELDS = {
    "id": "r.id {test}",
    "number": "r.number {test}",
    "created_at": "r.created_at {test}",
    "changed_at": "r.changed_at {test}",
    "created_by": "r.created_by {test}",
    "changed_by": "r.changed_by {test}",
    "status": "r.status {test}",
    "channel_number": "r.channel_number {test}",
    "total": "r.total {test}",
    "customer_id": "r.customer_id {test}",
    "source_connection": "r.connection_id {test}",
    "remote_id": _MINE.format("m.remote_id {test}"),
    "is_acknowledged": f"({_MINE.format('m.acknowledged_at IS NOT NULL')}) {{test}}",
}

SOURCE = Source(kind="order", table="orders", alive=f"{_OURS} AND r.deleted_at IS NULL", fields=FIELDS)


#: Fields that only lists with tombstones ask for.
_MORE = {
    "is_deleted": "(r.deleted_at IS NOT NULL) {test}",
    "currency": 'r.currency COLLATE "C" {test}',
    "placed_at": "coalesce((r.doc ->> 'placed_at')::timestamptz, r.created_at) {test}",
    "kind": "coalesce(r.doc ->> 'kind', 'sales') COLLATE \"C\" {test}",
    "customer_kind": "(r.doc ->> 'customer_kind') COLLATE \"C\" {test}",
    "source_code": "(r.doc -> 'source' ->> 'code') COLLATE \"C\" {test}",
    # As one scalar: lists are sorted by it, too.
    "remote_id": """(SELECT m.remote_id COLLATE "C" FROM remote_records m WHERE m.tenant_id = $1
        AND m.connection_id = $3 AND m.kind = 'order' AND m.record_id = r.id) {test}""",
    "remote_number": """(CASE WHEN r.connection_id = $3 THEN r.channel_number
        ELSE r.doc -> 'numbers' ->> replace($3::text, '-', '') END) COLLATE "C" {test}""",
}


def source(words: Mapping[str, Words]) -> Source:
    """Lists that show tombstones, too; `words` are the caller's for states, and fields by the same names."""
    spelled = {name: each.sql() + " {test}" for name, each in words.items()}
    return Source(kind="order", table="orders", alive=_OURS, fields={**FIELDS, **_MORE, **spelled})


async def by_id(tx: Transaction, caller: Caller, id: UUID) -> Record[Order]:
    aggregate = await tx.value(
        f"SELECT {AGGREGATE} FROM orders r WHERE r.tenant_id = $1 AND r.company_id = $2 AND r.id = $4"
        " AND r.deleted_at IS NULL",
        caller.tenant,
        caller.company,
        caller.connection,
        id,
    )
    if aggregate is None:
        raise NotFound("order", id)
    return read(aggregate)


async def by_channel_number(tx: Transaction, caller: Caller, channel: str, number: str) -> UUID | None:
    found: UUID | None = await tx.value(
        "SELECT id FROM orders WHERE tenant_id = $1 AND company_id = $2 AND channel = $3 AND channel_number = $4"
        " AND deleted_at IS NULL",
        caller.tenant,
        caller.company,
        channel,
        number,
    )
    return found


async def by_number(tx: Transaction, caller: Caller, number: int) -> UUID | None:
    """The order with this running number."""
    found: UUID | None = await tx.value(
        "SELECT id FROM orders WHERE tenant_id = $1 AND company_id = $2 AND number = $3 AND deleted_at IS NULL",
        caller.tenant,
        caller.company,
        number,
    )
    return found


async def numbers(tx: Transaction, caller: Caller, order_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The running numbers of these orders; those that were deleted have none."""
    rows = await tx.all(
        "SELECT id, number FROM orders"
        " WHERE tenant_id = $1 AND company_id = $2 AND id = ANY ($3) AND deleted_at IS NULL",
        caller.tenant,
        caller.company,
        list(order_ids),
    )
    return {row["id"]: row["number"] for row in rows}


async def customer_of(tx: Transaction, caller: Caller, id: UUID) -> UUID | None:
    """The customer that the order is of; None where its parties name nobody that can be told from others."""
    found: UUID | None = await tx.value(
        "SELECT customer_id FROM orders WHERE tenant_id = $1 AND company_id = $2 AND id = $3",
        caller.tenant,
        caller.company,
        id,
    )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """What there is of one customer."""

    orders: int
    last: datetime


async def bought(tx: Transaction, caller: Caller, customers: Sequence[UUID]) -> dict[UUID, Bought]:
    """By customer; who has no order is left out."""
    rows = await tx.all(
        "SELECT customer_id, count(*) AS orders, max(created_at) AS last FROM orders"
        " WHERE tenant_id = $1 AND company_id = $2 AND customer_id = ANY ($3) AND deleted_at IS NULL GROUP BY 1",
        caller.tenant,
        caller.company,
        list(customers),
    )
    return {row["customer_id"]: Bought(orders=row["orders"], last=row["last"]) for row in rows}


async def by_ids(tx: Transaction, caller: Caller, order_ids: Sequence[UUID]) -> dict[UUID, Record[Order]]:
    """Also those that were deleted; their `deleted_at` says so."""
    rows = await tx.all(
        f"SELECT {AGGREGATE} AS record FROM orders r WHERE r.tenant_id = $1 AND r.company_id = $2 AND r.id = ANY ($4)",
        caller.tenant,
        caller.company,
        caller.connection,
        list(order_ids),
    )
    records = (read(row["record"]) for row in rows)
    return {record.id: record for record in records}


async def heads(tx: Transaction, caller: Caller, query: Query) -> Page[Head]:
    return await lists.page(tx, SOURCE, query, caller.tenant, caller.company, caller.connection)


async def listing(tx: Transaction, caller: Caller, query: Query) -> Page[Record[Order]]:
    page = await heads(tx, caller, query)
    return in_order(page, await by_ids(tx, caller, [head.id for head in page.records]))
