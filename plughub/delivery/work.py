"""The worker's day: relay, heartbeat, sweeping. Everything it does can be done by several workers at once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from plughub.core import files
from plughub.core.errors import HubError
from plughub.core.hub import Hub
from plughub.core.tenants import guessing, sessions, tokens
from plughub.core.values import to_json
from plughub.core.webhooks import Style
from plughub.delivery import offers, relay
from plughub.delivery.counts import Counts
from plughub.delivery.engine import Engine
from plughub.delivery.pump import Pump
from plughub.outbound import Outbound

log = logging.getLogger("plughub.worker")

_RELAY_EVERY = 0.25
_BEAT_EVERY = 2.0
_SWEEP_EVERY = 600.0
#: Short enough that a worker counts as alive again soon after the database is back.
_LONGEST_PAUSE = 10.0


@dataclass(frozen=True, slots=True)
class Worker:
    """What a worker works with."""

    hub: Hub
    engine: Engine
    outbound: Outbound
    styles: Mapping[str, Style]
    counts: Counts = field(default_factory=Counts)


async def work(worker: Worker) -> None:
    """Until cancelled."""
    pump = Pump(worker.hub, worker.outbound, worker.styles, worker.counts)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(worker.engine.run({offers.KIND: pump}))
        tasks.create_task(_repeat(_RELAY_EVERY, lambda: _relay(worker)))
        tasks.create_task(_repeat(_BEAT_EVERY, lambda: beat(worker.hub, worker.counts)))
        tasks.create_task(_repeat(_SWEEP_EVERY, lambda: _sweep(worker.hub)))


async def beat(hub: Hub, counts: Counts) -> None:
    """Tell `GET /ready` that this worker is alive, and /metrics what it has done; forget those long gone."""
    async with hub.step(None) as tx:
        await tx.run(
            "INSERT INTO heartbeats (process, seen_at, counts) VALUES ($1, $2, $3)"
            " ON CONFLICT (process) DO UPDATE SET seen_at = excluded.seen_at, counts = excluded.counts",
            hub.process,
            hub.now(),
            to_json(counts.written()),
        )
        await tx.run("DELETE FROM heartbeats WHERE seen_at < $1::timestamptz - interval '1 day'", hub.now())


async def _relay(worker: Worker) -> None:
    # More than one round can fill at once after a bulk import; what is due is offered between them.
    while True:
        placed = await relay.turn(worker.hub, worker.styles)
        await offers.turn(worker.hub, worker.engine)
        if not placed:
            return


async def _sweep(hub: Hub) -> None:
    async with hub.step(None) as tx:
        await tokens.sweep(tx, hub.now())
        await guessing.sweep(tx, hub.now())
        await sessions.sweep(tx, hub.now())
    await files.sweep(hub)


async def _repeat(seconds: float, step: Callable[[], Awaitable[None]]) -> None:
    """A step that fails is tried again, ever more slowly: the database may be on its way back."""
    pause = seconds
    while True:
        try:
            await step()
            pause = seconds
        except HubError as error:
            pause = min(pause * 2, _LONGEST_PAUSE)
            log.warning("step failed", extra={"why": str(error.__cause__ or error), "again_in": pause})
        except Exception:
            pause = min(pause * 2, _LONGEST_PAUSE)
            log.exception("step failed", extra={"again_in": pause})
        await asyncio.sleep(pause)
