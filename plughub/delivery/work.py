"""The worker's day: relay, heartbeat, sweeping. Everything it does can be done by several workers at once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from plughub.core.errors import HubError
from plughub.core.hub import Hub
from plughub.core.tenants import guessing, tokens
from plughub.delivery import relay
from plughub.delivery.engine import Engine

log = logging.getLogger("plughub.worker")

_RELAY_EVERY = 0.25
_BEAT_EVERY = 2.0
_SWEEP_EVERY = 600.0
#: Short enough that a worker counts as alive again soon after the database is back.
_LONGEST_PAUSE = 10.0


async def work(hub: Hub, engine: Engine) -> None:
    """Until cancelled."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_repeat(_RELAY_EVERY, lambda: _relay(hub)))
        tasks.create_task(_repeat(_BEAT_EVERY, lambda: beat(hub)))
        tasks.create_task(_repeat(_SWEEP_EVERY, lambda: _sweep(hub)))
        tasks.create_task(engine.run({}))


async def beat(hub: Hub) -> None:
    """Tell `GET /ready` that this worker is alive; forget workers that are long gone."""
    async with hub.step(None) as tx:
        await tx.run(
            "INSERT INTO heartbeats (process, seen_at) VALUES ($1, $2)"
            " ON CONFLICT (process) DO UPDATE SET seen_at = excluded.seen_at",
            hub.process,
            hub.now(),
        )
        await tx.run("DELETE FROM heartbeats WHERE seen_at < $1::timestamptz - interval '1 day'", hub.now())


async def _relay(hub: Hub) -> None:
    # More than one round can fill at once after a bulk import.
    while await relay.turn(hub):
        pass


async def _sweep(hub: Hub) -> None:
    async with hub.step(None) as tx:
        await tokens.sweep(tx, hub.now())
        await guessing.sweep(tx, hub.now())


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
