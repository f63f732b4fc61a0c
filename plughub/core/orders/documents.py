"""Orders between rows and nouns."""

import dataclasses
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from plughub.core.orders.model import Order
from plughub.core.record import Record, Row
from plughub.core.values import to_json


class _Row(Row, frozen=True, array_like=True):
    remote_id: str | None
    is_acknowledged: bool | None
    connection: UUID | None
    deleted_at: datetime | None
    doc: Order


_decoder = msgspec.json.Decoder(_Row)

#: One order (table alias `r`) as one JSON array. `$1` tenant, `$3` connection or null.
AGGREGATE = """
json_build_array(r.id, r.number, r.version, r.created_at, r.created_by, r.changed_at, r.changed_by,
    (SELECT m.remote_id FROM remote_records m
     WHERE m.tenant_id = $1 AND m.connection_id = $3 AND m.kind = 'order' AND m.record_id = r.id),
    (SELECT m.acknowledged_at IS NOT NULL FROM remote_records m
     WHERE m.tenant_id = $1 AND m.connection_id = $3 AND m.kind = 'order' AND m.record_id = r.id),
    r.connection_id, r.deleted_at, r.doc)
"""


def read(aggregate: bytes) -> Record[Order]:
    row = _decoder.decode(aggregate)
    order = row.doc
    if row.connection is not None:
        order = replace(order, source=replace(order.source, connection=row.connection))
    if row.remote_id is not None or row.is_acknowledged:
        order = replace(order, remote_id=row.remote_id, is_acknowledged=bool(row.is_acknowledged))
    return dataclasses.replace(row.holding(order), deleted_at=row.deleted_at)


def order_doc(order: Order) -> bytes:
    """All of it but what is one connection's own, and the connection it came from, which is a column."""
    source = replace(order.source, connection=None)
    return to_json(replace(order, remote_id=None, is_acknowledged=False, source=source))
