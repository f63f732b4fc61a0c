"""The whole hub in numbers, over all tenants: for whoever runs it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from plughub.core.hub import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """As the function of this name in the database counts them. `..._since`: the oldest of them; None for none."""

    deliveries_waiting: int
    deliveries_dead: int
    #: Those that have not ended; some of them are failing, others are paused.
    endpoints: int
    endpoints_failing: int
    endpoints_paused: int
    #: Those with a delivery whose time has come.
    endpoints_due: int
    endpoint_due_since: datetime | None
    #: Events that have no place in their tenant's feed yet.
    events_waiting: int
    event_waiting_since: datetime | None
    #: None where the job engine is not installed yet.
    jobs_queued: int | None
    jobs_running: int | None
    job_queued_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one worker has done since it started."""

    worker: str
    seen_at: datetime
    #: `{"attempts": {"pluggto delivered": 3}, "seconds": {"pluggto": 0.2}}`
    counts: dict[str, dict[str, float]]


async def figures(tx: Transaction, now: datetime) -> Figures:
    row: Any = await tx.one("SELECT * FROM figures($1)", now)
    return Figures(**row)


async def work(tx: Transaction) -> list[Work]:
    """Of every worker that was heard of within the last day."""
    rows = await tx.all("SELECT process, seen_at, counts FROM heartbeats ORDER BY process")
    return [
        Work(
            worker=row["process"],
            seen_at=row["seen_at"],
            counts=msgspec.json.decode(row["counts"], type=dict[str, dict[str, float]]),
        )
        for row in rows
    ]
