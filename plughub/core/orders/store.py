"""SQL that changes orders."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from plughub.core import search
from plughub.core.caller import Caller
from plughub.core.errors import NotFound
from plughub.core.hub import Transaction
from plughub.core.orders.documents import AGGREGATE, order_doc, read
from plughub.core.orders.model import Order
from plughub.core.record import Record
from plughub.core.values import fold

#: The order, its search row, its event and the event's place in the outbox in one statement; no row comes back
#: when the channel's number is taken.
_PLACE = """
WITH placed AS (
    INSERT INTO orders (tenant_id, id, company_id, number, channel, channel_number, connection_id, customer_id,
                        status, currency, total, version, created_at, created_by, changed_at, changed_by, doc)
    SELECT $1, $2, $3, $4, $5, $6, $7,
           (SELECT c.id FROM customers c WHERE c.tenant_id = $1 AND c.company_id = $3 AND c.match_key = $8),
           $9, $10, $11, 1, t.at, $12, t.at, $12, $13
    FROM (SELECT coalesce($14, clock_timestamp()) AS at) t
    ON CONFLICT (tenant_id, company_id, channel, channel_number)
        WHERE channel IS NOT NULL AND channel_number IS NOT NULL AND deleted_at IS NULL DO NOTHING
    RETURNING id, created_at, customer_id
),
found AS (
    INSERT INTO search_rows (tenant_id, kind, id, leaves, words, codes, groups)
    SELECT $1, 'order', id, search_leaves($1::uuid::text || 'order:', $15::text[]), '', '', '' FROM placed
),
told AS (
    INSERT INTO events (tenant_id, id, kind, record_id, version, action, connection_id, actor, changes, aspects,
                        silent, occurred_at)
    SELECT $1, $16, 'order', id, 1, 'created', $7, $12, json_build_array(json_build_array('', NULL, $13::json)),
           '{status}', $17, created_at
    FROM placed
    RETURNING id
),
queued AS (INSERT INTO event_outbox (tenant_id, event_id) SELECT $1, id FROM told)
SELECT created_at, customer_id FROM placed
"""

_UPDATE = """
UPDATE orders SET channel = $3, channel_number = $4, status = $5, currency = $6, total = $7,
    version = version + 1, changed_by = $8, doc = $9,
    changed_at = greatest(changed_at, coalesce($10, clock_timestamp()))
WHERE tenant_id = $1 AND id = $2 RETURNING version, changed_at
"""


async def place(
    tx: Transaction,
    caller: Caller,
    id: UUID,
    number: int,
    order: Order,
    *,
    event: UUID,
    silent: bool,
    customer_key: str | None,
    at: datetime | None,
) -> tuple[datetime, UUID | None] | None:
    """Store a new order: when, and the customer known by the key. None when its channel number is taken."""
    row = await tx.one(
        _PLACE,
        caller.tenant, id, caller.company, number, order.channel, order.channel_number, caller.connection,
        customer_key, order.status, order.currency, order.total, caller.actor, order_doc(order), at,
        list(set(_leaves(order))), event, silent,
    )  # fmt: skip
    return None if row is None else (row["created_at"], row["customer_id"])


async def set_customer(tx: Transaction, caller: Caller, id: UUID, customer: UUID) -> None:
    await tx.run("UPDATE orders SET customer_id = $3 WHERE tenant_id = $1 AND id = $2", caller.tenant, id, customer)


async def mark_deleted(tx: Transaction, caller: Caller, id: UUID) -> int:
    version: int = await tx.value(
        "UPDATE orders SET version = version + 1, changed_by = $3, deleted_at = clock_timestamp(),"
        " changed_at = greatest(changed_at, clock_timestamp()) WHERE tenant_id = $1 AND id = $2 RETURNING version",
        caller.tenant,
        id,
        caller.actor,
    )
    return version


async def lock(tx: Transaction, caller: Caller, id: UUID) -> Record[Order]:
    """The order, locked; one that was deleted is not there. One row, so locking and reading are one statement."""
    aggregate = await tx.value(
        f"SELECT {AGGREGATE} FROM orders r WHERE r.tenant_id = $1 AND r.company_id = $2 AND r.id = $4"
        " AND r.deleted_at IS NULL FOR NO KEY UPDATE OF r",
        caller.tenant,
        caller.company,
        caller.connection,
        id,
    )
    if aggregate is None:
        raise NotFound("order", id)
    return read(aggregate)


async def update(
    tx: Transaction, caller: Caller, id: UUID, order: Order, *, at: datetime | None
) -> tuple[int, datetime]:
    row = await tx.one(
        _UPDATE,
        caller.tenant, id, order.channel, order.channel_number, order.status, order.currency, order.total,
        caller.actor, order_doc(order), at,
    )  # fmt: skip
    assert row is not None  # noqa: S101 - it is locked
    await search.save(tx, caller.tenant, "order", id, leaves=set(_leaves(order)), words="", codes="", groups="")
    return row["version"], row["changed_at"]


_UNSEARCHED = {"source", "numbers", "status_history", "log", "remote_id", "is_acknowledged"}


def _leaves(order: Order) -> Iterator[str]:
    for name in order.__struct_fields__:
        if name not in _UNSEARCHED:
            yield from search.leaves(getattr(order, name), name)
    # Names that people type in any case are found in any case.
    for path, text in _loose(order):
        if text:
            yield f"~{path}={fold(text)}"
    if any(shipment.invoice.number for shipment in order.shipments):
        yield "~has_invoice_number=true"


def _loose(order: Order) -> Iterator[tuple[str, str | None]]:
    yield "channel", order.channel
    for number in order.numbers.values():
        yield "number", number
    for party in (order.payer, order.receiver):
        for name in (party.full_name, party.first_name, party.last_name, party.company_name):
            for word in (name or "").split():
                yield "name", word
    for shipment in order.shipments:
        yield "shipments.carrier", shipment.carrier
