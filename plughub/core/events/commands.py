"""Writing the log, always in the transaction of the change it tells of."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from plughub.core import ids
from plughub.core.caller import Caller
from plughub.core.events.model import Action
from plughub.core.hub import Transaction
from plughub.core.patch import Change
from plughub.core.values import to_json

#: An event and its place in the outbox, in one statement.
_RECORD = """
WITH told AS (
    INSERT INTO events (tenant_id, id, kind, record_id, version, action, connection_id, actor, changes, aspects,
                        silent, occurred_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, coalesce($12, clock_timestamp()))
    RETURNING tenant_id, id
)
INSERT INTO event_outbox (tenant_id, event_id) SELECT tenant_id, id FROM told
"""


async def record(
    tx: Transaction,
    caller: Caller,
    kind: str,
    record_id: UUID,
    *,
    version: int,
    action: Action,
    changes: Iterable[Change],
    aspects: Iterable[str],
    silent: bool = False,
    at: datetime | None = None,
) -> None:
    """Tell of a change. `silent` keeps it from subscribers; `at` is when it happened, for what is imported."""
    await tx.run(
        _RECORD,
        caller.tenant, ids.new(), kind, record_id, version, action, caller.connection, caller.actor,
        to_json(list(changes)), sorted(aspects), silent, at,
    )  # fmt: skip
