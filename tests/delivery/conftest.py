"""Engines on this run's database, each as in a process of its own; a tenant in its own time; a receiver."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest

from plughub.core.hub import APP_ROLE, Hub
from plughub.core.secrets import Keys
from plughub.db.line import QUEUES, Line
from plughub.delivery.engine import Engine, Handler
from plughub.outbound import Outbound
from tests import make
from tests.delivery.receiver import Receiver, receiving
from tests.delivery.stage import Clock, Stage

NewEngine = Callable[..., Engine]


@pytest.fixture
async def new_engine(hub: Hub, database_url: str) -> AsyncIterator[NewEngine]:
    """Makes engines as start-up does; after the test they are closed and their jobs gone."""
    made: list[Engine] = []
    line = partial(Line, database_url, role=APP_ROLE, settings=QUEUES)

    def make(**options: object) -> Engine:
        made.append(Engine(work=line(), ask=line(), **options))
        return made[-1]

    yield make
    for engine in made:
        await engine.close()
    async with hub.step(None) as tx:
        await tx.run("DELETE FROM jobs.pgqueuer")


@pytest.fixture
async def engine(new_engine: NewEngine) -> Engine:
    return new_engine()


@asynccontextmanager
async def working(engine: Engine, handlers: Mapping[str, Handler]) -> AsyncIterator[None]:
    """The engine runs for as long as the block does."""
    task = asyncio.create_task(engine.run(handlers))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def stage(hub: Hub, database_url: str, outbound: Outbound) -> AsyncIterator[Stage]:
    clock = Clock(hub.now())
    timed = Hub(database_url, keys=Keys(b"of the tests"), clock=clock)
    yield Stage(await make.shop(timed), outbound, clock)
    await timed.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver
