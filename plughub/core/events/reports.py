"""Reports: what a client says of its own system. Nothing of the hub changed, and still somebody should know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct

from plughub.core import ids
from plughub.core.caller import Caller
from plughub.core.hub import Transaction
from plughub.core.ids import TenantId
from plughub.core.sql import Binder
from plughub.core.values import to_json


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Direction(StrEnum):
    """As the hub sees it."""

    IMPORT = "import"
    EXPORT = "export"


class About(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record that a report names; nothing says that it is there."""

    #: In the client's words, and the same as an id of this hub where it can be one.
    told: str | None = None
    id: UUID | None = None
    #: The number under which people know it.
    number: str | None = None
    message: str | None = None


class Report(Struct, frozen=True, kw_only=True, omit_defaults=True):
    severity: Severity
    summary: str
    #: Sort of record: order, product.
    kind: str | None = None
    direction: Direction | None = None
    body: tuple[str, ...] = ()
    about: tuple[About, ...] = ()
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A report as it is kept."""

    id: UUID
    connection: UUID | None
    actor: str
    report: Report


class Place(NamedTuple):
    """Where a list of reports goes on."""

    occurred_at: datetime
    id: UUID


#: All of them, what they name, their events and the events' places in the outbox in one statement.
_FILE = """
WITH given AS MATERIALIZED (
    SELECT x.id, x.event, x.records, x.doc, x.doc ->> 'severity' AS severity,
           (x.doc ->> 'occurred_at')::timestamptz AS occurred_at
    FROM json_to_recordset($4) AS x (id uuid, event uuid, records uuid[], doc json)
),
kept AS (
    INSERT INTO reports (tenant_id, id, connection_id, actor, severity, occurred_at, doc)
    SELECT $1, id, $2, $3, severity, occurred_at, doc FROM given
),
named AS (
    INSERT INTO report_records (tenant_id, record_id, report_id)
    SELECT DISTINCT $1::uuid, record, id FROM given, unnest(records) AS record
),
told AS (
    INSERT INTO events (tenant_id, id, kind, record_id, version, action, connection_id, actor, changes, aspects,
                        silent, occurred_at)
    SELECT $1, event, 'report', id, 1, 'created', $2, $3, json_build_array(json_build_array('', NULL, doc)),
           '{content}', false, clock_timestamp()
    FROM given
    RETURNING id
)
INSERT INTO event_outbox (tenant_id, event_id) SELECT $1, id FROM told
"""


async def report(tx: Transaction, caller: Caller, told: Sequence[Report]) -> list[Reported]:
    """Keep these reports, each as an event of the log. One statement, so a transaction of its own will do."""
    # In the order in which they were told, also within one millisecond.
    fresh = sorted(ids.new() for _ in told)
    kept = [
        Reported(id=id, connection=caller.connection, actor=caller.actor, report=one)
        for id, one in zip(fresh, told, strict=True)
    ]
    rows = [{"id": one.id, "event": ids.new(), "records": _named(one.report), "doc": one.report} for one in kept]
    if rows:
        await tx.run(_FILE, caller.tenant, caller.connection, caller.actor, to_json(rows))
    return kept


async def reports(
    tx: Transaction,
    tenant: TenantId,
    *,
    severities: Sequence[Severity] = (),
    record: UUID | None = None,
    since: datetime | None = None,
    before: Place | None = None,
    limit: int = 100,
) -> list[Reported]:
    """The latest first. `record`: those that name it; `since`: that happened then or later; `before`: the next page."""
    bind = Binder(tenant)
    parts = []
    if severities:
        parts.append(f" AND r.severity = ANY ({bind(list(severities))})")
    if record is not None:
        parts.append(
            " AND r.id IN (SELECT n.report_id FROM report_records n"
            f" WHERE n.tenant_id = $1 AND n.record_id = {bind(record)})"
        )
    if since is not None:
        parts.append(f" AND r.occurred_at >= {bind(since)}")
    if before is not None:
        parts.append(f" AND (r.occurred_at, r.id) < ({bind(before.occurred_at)}, {bind(before.id)})")
    rows = await tx.all(
        f"SELECT r.id, r.connection_id, r.actor, r.doc FROM reports r WHERE r.tenant_id = $1 {''.join(parts)}"
        f" ORDER BY r.occurred_at DESC, r.id DESC LIMIT {int(limit)}",
        *bind.values,
    )
    decode = msgspec.json.Decoder(Report).decode
    return [
        Reported(id=row["id"], connection=row["connection_id"], actor=row["actor"], report=decode(row["doc"]))
        for row in rows
    ]


def _named(report: Report) -> list[UUID]:
    return [about.id for about in report.about if about.id is not None]
