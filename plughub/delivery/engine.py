"""The job engine: wakes workers and spreads work over them. What there is to do, the ledger knows."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.models import Job

from plughub.core.hub import spelled
from plughub.delivery import jobs
from plughub.delivery.jobs import Line

log = logging.getLogger("plughub.engine")

Handler = Callable[[bytes], Awaitable[None]]

#: The pause before asking again while there is work but no place.
_SHORT_POLL = timedelta(seconds=0.05)
#: Seconds that cancelled handlers get to come to their end.
_FAREWELL = 5.0
#: Seconds to the next try when PgQueuer cannot even begin: before the tables are installed, for one.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0


@dataclass(frozen=True, slots=True)
class Offer:
    """There is something to do for `key`: at most one job per kind and key is queued or running."""

    kind: str
    key: str
    #: What the handler gets; small.
    payload: bytes


@dataclass(frozen=True, slots=True)
class Stats:
    #: Keys that wait for a place.
    queued: frozenset[str]
    #: Keys that a worker is at, or was at within the last tenth of a second.
    running: frozenset[str]
    #: How long the oldest of the queued has waited.
    oldest: timedelta


class Engine:
    """One per process. `work` and `ask` are two lines, since work waits for the database and askers do not.

    `heartbeat`: after this long without a sign of life a job is taken over by another worker. `poll`: how often a
    worker asks though nobody woke it, for jobs of the dead and where notifications do not arrive; it `listens` to
    them unless told not to.
    """

    def __init__(
        self,
        *,
        work: Line,
        ask: Line,
        slots: int = 256,
        heartbeat: timedelta = timedelta(seconds=15),
        poll: timedelta = timedelta(seconds=1),
        listens: bool = True,
    ) -> None:
        if slots < 2:
            raise ValueError("at least two slots are needed")
        self._work = work
        self._ask = ask
        self._jobs = jobs.over(ask)
        #: Jobs that this process works on at once.
        self.slots = slots
        self._places = asyncio.Semaphore(slots)
        self._heartbeat = heartbeat
        self._poll = poll
        self._listens = listens

    async def offer(self, offers: Sequence[Offer]) -> set[str]:
        """Put jobs in the queue; returns the keys taken, the others being queued or running already.

        One statement, committed by itself: never while a transaction of the caller holds locks.
        """
        if not offers:
            return set()
        # In the same order by everybody: two that offer the same keys wait for each other, in a circle otherwise.
        ordered = sorted(offers, key=_name)
        with spelled():
            ids = await self._jobs.enqueue(
                [offer.kind for offer in ordered],
                [offer.payload for offer in ordered],
                [0] * len(ordered),
                dedupe_key=[_name(offer) for offer in ordered],
                headers=[{"key": offer.key} for offer in ordered],
                on_conflict="skip",
            )
        return {offer.key for offer, id in zip(ordered, ids, strict=True) if id is not None}

    async def run(self, handlers: Mapping[str, Handler]) -> None:
        """Work on jobs of these kinds until cancelled; running handlers are cancelled then and their jobs end."""
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._run(handlers)
            except Exception as error:
                log.warning("no jobs", extra={"why": f"{type(error).__name__}: {error}", "again_in": pause})
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def stats(self) -> Stats:
        with spelled():
            rows = await self._ask.all(_STANDING)
        queued = [row for row in rows if row["status"] == "queued"]
        return Stats(
            queued=frozenset(row["key"] for row in queued),
            running=frozenset(row["key"] for row in rows if row["status"] == "picked"),
            oldest=max((row["age"] for row in queued), default=timedelta()),
        )

    async def busy(self) -> set[str]:
        """Keys that an offer would be refused for now."""
        stats = await self.stats()
        return {*stats.queued, *stats.running}

    async def close(self) -> None:
        await self._work.close()
        await self._ask.close()

    async def _run(self, handlers: Mapping[str, Handler]) -> None:
        driver = jobs.Patient(self._work, listens=self._listens)
        manager = QueueManager(jobs.Jobs(driver), jobs.SETTINGS.channel)
        manager.min_dequeue_poll_interval = _SHORT_POLL
        active: set[asyncio.Task[None]] = set()
        for kind, handler in handlers.items():
            manager.entrypoint(kind)(self._job(handler, manager, active))
        loop = asyncio.create_task(
            manager.run(
                dequeue_timeout=self._poll,
                batch_size=max(1, self.slots // 2),
                max_concurrent_tasks=self.slots,
                heartbeat_timeout=self._heartbeat,
                log_aggregation_interval=timedelta(0),
            )
        )
        try:
            await asyncio.shield(loop)
        except asyncio.CancelledError:
            # The loop is not cancelled: it may just have taken jobs, and would leave them to lapse.
            manager.shutdown.set()
            driver.ending.set()
            for task in active:
                task.cancel()
            await _end(loop)
            raise

    def _job(
        self, handler: Handler, manager: QueueManager, active: "set[asyncio.Task[None]]"
    ) -> Callable[[Job], Awaitable[None]]:
        async def job(job: Job) -> None:
            if manager.shutdown.is_set():
                return
            task = asyncio.current_task()
            assert task is not None  # noqa: S101
            active.add(task)
            try:
                # PgQueuer counts the places by rows; while rows are missing (somebody emptied the table) we count.
                async with self._places:
                    await handler(job.payload or b"")
            except Exception:
                key = (job.headers or {}).get("key")
                log.exception("job failed", extra={"kind": job.entrypoint, "key": key})
            finally:
                active.discard(task)

        return job


def _name(offer: Offer) -> str:
    return f"{offer.kind}:{offer.key}"


async def _end(loop: "asyncio.Task[None]") -> None:
    """Wait until PgQueuer has written down which jobs ended; what it could not write lapses."""
    await asyncio.wait({loop}, timeout=_FAREWELL)
    if loop.cancel():
        await asyncio.wait({loop}, timeout=_FAREWELL)
    if loop.done() and not loop.cancelled():
        loop.exception()  # of a database that is away, which was told of


# The condition is that of the unique index on keys, in full: between two vacuums the table is mostly dead rows.
_STANDING = f"""
SELECT status::text, substr(dedupe_key, length(entrypoint) + 2) AS key, clock_timestamp() - created AS age
FROM {jobs.QUEUE} WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL
"""
