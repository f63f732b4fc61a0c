"""What the hub asks of its job engine, whichever it is: every key once, nothing lost, nobody needed."""

import asyncio
import logging
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import asyncpg
import pytest

from plughub import app
from plughub.config import Settings
from plughub.core import ids
from plughub.core.errors import Unavailable
from plughub.core.hub import APP_ROLE, Hub
from plughub.db import private
from plughub.db.line import OWNERS, Line
from plughub.delivery import jobs
from plughub.delivery.engine import Engine, Offer, Stats
from tests import server
from tests.delivery.conftest import NewEngine, working

NEVER = timedelta(hours=1)
OFTEN = timedelta(seconds=0.1)


@pytest.fixture
def kind() -> str:
    """No other test's engine takes jobs of it."""
    return f"kind-{ids.new()}"


class Log:
    """A handler that notes when it starts and ends, and goes on only when it may."""

    def __init__(self, *, stays: bool = False) -> None:
        self.began: asyncio.Queue[str] = asyncio.Queue()
        self.times = Counter[str]()
        self.now = Counter[str]()
        self.most = 0
        self.cancelled: list[str] = []
        self.may_end = asyncio.Event()
        if not stays:
            self.may_end.set()

    async def __call__(self, payload: bytes) -> None:
        key = payload.decode()
        self.times[key] += 1
        self.now[key] += 1
        self.most = max(self.most, self.now.total())
        self.began.put_nowait(key)
        try:
            assert self.now[key] == 1
            await self.may_end.wait()
            await asyncio.sleep(0)  # so that jobs of one batch are at it together
        except asyncio.CancelledError:
            self.cancelled.append(key)
            raise
        finally:
            self.now[key] -= 1

    async def next(self, seconds: float = 10) -> str:
        async with asyncio.timeout(seconds):
            return await self.began.get()


def offers(kind: str, *keys: str) -> list[Offer]:
    return [Offer(kind, key, key.encode()) for key in keys]


async def taken_in_the_end(engine: Engine, offer: Offer) -> None:
    async with asyncio.timeout(10):
        while not await engine.offer([offer]):
            pass


async def idle(engine: Engine) -> None:
    async with asyncio.timeout(10):
        while await engine.busy():
            pass


async def test_of_parallel_offers_of_a_key_one_is_taken(new_engine: NewEngine, kind: str):
    """Each engine has an order of its own, in which they would wait for each other in a circle."""
    keys = [f"{number:03}" for number in range(300)]
    orders = [keys, keys[::-1], keys[150:] + keys[:150], keys[::2] + keys[1::2]]
    engines = [new_engine() for _ in orders]

    for _ in range(5):
        taken = await asyncio.gather(
            *(engine.offer(offers(kind, *order)) for engine, order in zip(engines, orders, strict=True))
        )

        assert sorted(key for some in taken for key in some) in (keys, [])


async def test_a_key_offered_twice_at_once_is_one_job(engine: Engine, kind: str):
    assert await engine.offer(offers(kind, "a", "b", "a")) == {"a", "b"}
    assert await engine.offer(offers(kind, "b", "c")) == {"c"}
    assert await engine.offer([]) == set()


async def test_a_key_means_a_job_of_its_kind(engine: Engine, kind: str):
    assert await engine.offer(offers(kind, "a")) == {"a"}
    assert await engine.offer(offers(f"{kind}-2", "a")) == {"a"}


async def test_every_offer_taken_is_a_run_begun_later(new_engine: NewEngine, kind: str):
    """Three offer the same few keys as fast as they can while two work: none of the wake-ups may get lost."""
    log, taken = Log(), Counter[str]()
    one, two = new_engine(poll=NEVER), new_engine(poll=NEVER)

    async def offering(engine: Engine, key: str) -> None:
        while taken[key] < 6:
            taken.update(await engine.offer(offers(kind, key, "everybody's")))

    async with working(one, {kind: log}), working(two, {kind: log}):
        async with asyncio.timeout(20):
            await asyncio.gather(*(offering(new_engine(), key) for key in ("a", "b", "c")))
        await idle(one)

    assert log.times == taken
    assert taken["everybody's"] > 1


async def test_an_offer_while_the_job_runs_is_refused_and_taken_after_its_end(engine: Engine, kind: str):
    log = Log(stays=True)
    async with working(engine, {kind: log}):
        assert await engine.offer(offers(kind, "a")) == {"a"}
        await log.next()

        assert await engine.offer(offers(kind, "a", "b")) == {"b"}
        assert await engine.busy() == {"a", "b"}

        log.may_end.set()
        await taken_in_the_end(engine, *offers(kind, "a"))
        assert [await log.next(), await log.next()] in (["a", "b"], ["b", "a"])


async def test_an_offer_wakes_a_worker_that_does_not_ask(new_engine: NewEngine, kind: str):
    log = Log()
    async with working(new_engine(poll=NEVER), {kind: log}):
        for number in range(20):
            await new_engine().offer(offers(kind, str(number)))
            assert await log.next() == str(number)


async def test_a_worker_that_cannot_listen_asks(new_engine: NewEngine, kind: str):
    log = Log()
    engine = new_engine(poll=OFTEN, listens=False)
    async with working(engine, {kind: log}):
        for number in range(5):
            await engine.offer(offers(kind, str(number)))
            assert await log.next() == str(number)


async def test_a_worker_without_work_asks_two_questions_a_turn(database_url: str, kind: str):
    asked = Counter[str]()

    class Counting(Line):
        async def all(self, sql: str, *values: object) -> list[dict]:
            asked["turn" if "UPDATE" in sql else "more" if "execute_after" in sql else "else"] += 1
            turns.put_nowait(asked["turn"])
            return await super().all(sql, *values)

    turns: asyncio.Queue[int] = asyncio.Queue()
    engine = Engine(
        work=Counting(database_url, role=APP_ROLE), ask=Line(database_url, role=APP_ROLE), poll=timedelta(seconds=0.02)
    )
    async with working(engine, {kind: Log()}), asyncio.timeout(10):
        while await turns.get() < 10:
            pass
    await engine.close()

    # Beside the turns: finding out at the start that the tables are there.
    assert asked["turn"] in (10, 11)
    assert asked["more"] <= asked["turn"]
    assert asked["else"] <= 20


async def test_a_handler_that_fails_is_told_of_and_its_job_ends(engine: Engine, kind: str, caplog):
    failed = asyncio.Queue[bytes]()

    async def fails(payload: bytes) -> None:
        failed.put_nowait(payload)
        raise ValueError("no such thing")

    async with working(engine, {kind: fails}):
        for _ in range(2):
            await taken_in_the_end(engine, *offers(kind, "a"))
            assert await failed.get() == b"a"
        await idle(engine)

    errors = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [(error.getMessage(), error.kind, error.key) for error in errors] == [("job failed", kind, "a")] * 2
    assert "no such thing" in errors[0].exc_text


async def test_a_worker_runs_no_more_than_its_places(new_engine: NewEngine, kind: str, hub: Hub):
    """Also when somebody empties the queue, by which PgQueuer itself counts."""
    log, keys = Log(stays=True), [str(number) for number in range(9)]
    engine = new_engine(slots=3, poll=OFTEN)
    async with working(engine, {kind: log}):
        await engine.offer(offers(kind, *keys))
        assert len({await log.next() for _ in range(3)}) == 3

        async with hub.step(None) as tx:
            await tx.run("DELETE FROM jobs.pgqueuer")
        assert await engine.offer(offers(kind, "more", "and more")) == {"more", "and more"}
        async with asyncio.timeout(10):
            while len((await engine.stats()).running) < 2:
                pass

        assert log.most == 3
        log.may_end.set()
        assert {await log.next(), await log.next()} == {"more", "and more"}
    assert log.most == 3


async def test_what_waits_can_be_told_from_what_runs(new_engine: NewEngine, kind: str):
    log = Log(stays=True)
    engine = new_engine(slots=2)
    assert await engine.stats() == Stats(queued=frozenset(), running=frozenset(), oldest=timedelta())
    async with working(engine, {kind: log}):
        await engine.offer(offers(kind, "a", "b"))
        await log.next()
        await log.next()
        await engine.offer(offers(kind, "c"))

        for _ in range(20):  # it does not take what it has no place for, given time to
            stats = await engine.stats()
            assert (stats.queued, stats.running) == ({"c"}, {"a", "b"})
        assert timedelta() < stats.oldest < timedelta(seconds=5)


async def test_an_emptied_queue_can_be_offered_again(new_engine: NewEngine, kind: str, database_url: str):
    engine, log = new_engine(), Log()
    await engine.offer(offers(kind, "a", "b"))
    owner = await asyncpg.connect(database_url)
    async with working(engine, {"something else": log}):
        await owner.execute("TRUNCATE jobs.pgqueuer")
        await owner.close()

        assert await engine.busy() == set()
        assert await engine.offer(offers(kind, "a", "b")) == {"a", "b"}
    async with working(engine, {kind: log}):
        assert {await log.next(), await log.next()} == {"a", "b"}


async def test_a_run_that_is_cancelled_ends_its_jobs(new_engine: NewEngine, kind: str):
    log, engine, other = Log(stays=True), new_engine(), new_engine()
    run = asyncio.create_task(engine.run({kind: log}))
    await engine.offer(offers(kind, "a", "b"))
    await log.next()
    await log.next()

    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(4):
            await run

    assert sorted(log.cancelled) == ["a", "b"]
    assert await other.busy() == set()


async def test_a_worker_whose_connection_breaks_goes_on(new_engine: NewEngine, kind: str, database_url: str):
    log, engine = Log(stays=True), new_engine(poll=OFTEN)
    owner = await asyncpg.connect(database_url)
    async with working(engine, {kind: log}):
        await engine.offer(offers(kind, "before"))
        await log.next()

        assert len(await owner.fetch(BREAK_ALL)) >= 2
        await offered_in_the_end(engine, *offers(kind, "after"))

        assert await log.next() == "after"
        log.may_end.set()
        await idle(engine)
    await owner.close()

    assert log.times == {"before": 1, "after": 1}


async def test_a_worker_may_begin_before_the_tables_are_installed(superuser_url: str, kind: str, caplog):
    log = Log()
    async with server.database(superuser_url) as url:
        engine = Engine(work=Line(url, role=None), ask=Line(url, role=None))
        async with working(engine, {kind: log}):
            async with asyncio.timeout(10):
                while not told(caplog):  # noqa: ASYNC110 - the record comes from the worker
                    await asyncio.sleep(0)
            await install(url)

            await engine.offer(offers(kind, "a"))
            assert await log.next() == "a"
        await engine.close()

    assert set(told(caplog)) == {"no jobs"}


async def test_offers_to_a_database_that_is_away_are_the_callers_trouble(kind: str):
    line = Line("postgresql://nobody@127.0.0.1:9/none", role=None)
    engine = Engine(work=line, ask=line)

    with pytest.raises(Unavailable):
        await engine.offer(offers(kind, "a"))
    with pytest.raises(Unavailable):
        await engine.busy()


async def test_a_worker_without_a_database_keeps_trying_tells_it_once_and_can_be_stopped(kind: str, caplog):
    tries = asyncio.Queue[str]()

    class Away(Line):
        async def all(self, sql: str, *values: object) -> list[dict]:
            tries.put_nowait(sql)
            return await super().all(sql, *values)

    line = Away("postgresql://nobody@127.0.0.1:9/none", role=None)
    run = asyncio.create_task(Engine(work=line, ask=line).run({kind: Log()}))
    for _ in range(4):
        await asyncio.wait_for(tries.get(), 5)

    run.cancel()

    ended, _ = await asyncio.wait({run}, timeout=4)
    assert ended
    assert told(caplog) == ["jobs out of reach"]


async def test_nothing_is_left_of_jobs_that_are_done(new_engine: NewEngine, kind: str, database_url: str):
    log, engine = Log(), new_engine()
    async with working(engine, {kind: log}):
        await engine.offer(offers(kind, *map(str, range(100))))
        for _ in range(100):
            await log.next()
        await idle(engine)

    owner = await asyncpg.connect(database_url)
    for table in ("pgqueuer", "pgqueuer_log", "pgqueuer_statistics"):
        assert await owner.fetchval(f"SELECT count(*) FROM jobs.{table}") == 0
    await owner.close()


#: A worker in a process of its own: says what it began, and stays at it.
WORKER = """
import asyncio, sys
from datetime import timedelta
from functools import partial
from plughub.core.hub import APP_ROLE
from plughub.db.line import Line
from plughub.delivery.engine import Engine

async def stay(payload):
    print(payload.decode(), flush=True)
    await asyncio.Event().wait()

url, kind, heartbeat = sys.argv[1:]
line = partial(Line, url, role=APP_ROLE)
engine = Engine(work=line(), ask=line(), heartbeat=timedelta(seconds=float(heartbeat)))
asyncio.run(engine.run({kind: stay}))
"""


async def test_the_job_of_a_killed_worker_is_taken_over(new_engine: NewEngine, kind: str, database_url: str):
    await killed_and_taken_over(new_engine, kind, database_url, seconds=0.8, poll=OFTEN)


@pytest.mark.heavy
async def test_the_job_of_a_killed_worker_is_taken_over_in_time(new_engine: NewEngine, kind: str, database_url: str):
    """With the figures of a real worker: in-flight work is resumed within 30 s."""
    await killed_and_taken_over(new_engine, kind, database_url, seconds=15, poll=timedelta(seconds=1))


async def killed_and_taken_over(
    new_engine: NewEngine, kind: str, database_url: str, *, seconds: float, poll: timedelta
) -> None:
    log, engine = Log(), new_engine(heartbeat=timedelta(seconds=seconds), poll=poll)
    await engine.offer(offers(kind, "a"))
    words = [sys.executable, "-c", WORKER, database_url, kind, str(seconds)]
    worker = await asyncio.create_subprocess_exec(*words, stdout=subprocess.PIPE)
    assert worker.stdout
    assert await worker.stdout.readline() == b"a\n"

    async with working(engine, {kind: log}):
        # As long as it lives the job is its own, however long that takes.
        with pytest.raises(TimeoutError):
            await log.next(1.3 * seconds)

        worker.send_signal(signal.SIGKILL)
        await worker.wait()
        assert await engine.offer(offers(kind, "a")) == set()

        assert await log.next(seconds + 3) == "a"
        await idle(engine)


@pytest.mark.heavy
async def test_a_worker_survives_a_restart_of_the_database(kind: str, caplog):
    with server.folder() as folder:
        database = private.start(folder)
        settings = Settings(data=folder, database_url=database.superuser_url)
        await app.migrate(settings)
        log, engine = Log(stays=True), app.open_engine(settings)
        async with working(engine, {kind: log}):
            await engine.offer(offers(kind, "before"))
            await log.next()

            database.stop()
            with pytest.raises(Unavailable):
                await engine.offer(offers(kind, "meanwhile"))
            database = private.start(folder)

            await offered_in_the_end(engine, *offers(kind, "after"))
            assert await log.next(15) == "after"
            log.may_end.set()
            await idle(engine)
        await engine.close()
        database.stop()

    assert log.times == {"before": 1, "after": 1}
    assert told(caplog) == ["jobs out of reach"]


BREAK_ALL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'plughub' AND query LIKE '%jobs.%'
"""


async def offered_in_the_end(engine: Engine, offer: Offer) -> None:
    """Taken, or already taken when the answer to that got lost."""
    async with asyncio.timeout(20):
        while offer.key not in (await _busy(engine)):
            with suppress(Unavailable):
                await engine.offer([offer])


async def _busy(engine: Engine) -> set[str]:
    with suppress(Unavailable):
        return await engine.busy()
    return set()


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    ours = ("plughub", "pgqueuer")
    return [record.getMessage() for record in caplog.records if record.name.split(".")[0] in ours]


async def install(url: str) -> None:
    line = Line(url, role=None, settings=OWNERS, silence=None)
    await jobs.install(line, APP_ROLE)
    await line.close()
