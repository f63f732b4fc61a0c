"""PgQueuer as the hub has it: where its tables live, how it reaches them, and their installation."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.tm import TaskManager
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel, QueueEntrypoint
from pgqueuer.ports.driver import Driver

log = logging.getLogger("plughub.engine")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0


class Line(Protocol):
    """A connection that opens itself again after a loss: `plughub.db.line.Line`, brought by start-up."""

    async def all(self, sql: str, *values: Any) -> list[dict[str, Any]]: ...
    async def run(self, sql: str) -> None: ...
    async def listen(self, channel: str, heard: Callable[[str], None]) -> None: ...
    async def close(self) -> None: ...


class _Settings(DBSettings):
    """What is said here and nothing else: PgQueuer would also obey variables named CHANNEL, TRIGGER or FUNCTION."""

    @classmethod
    def settings_customise_sources(cls, settings_cls: Any, init_settings: Any, **_: Any) -> tuple[Any, ...]:  # type: ignore[override]
        return (init_settings,)


#: `balanced`: the queue survives a crash, so that no key runs twice after it; the log is not kept at all.
SETTINGS = _Settings(db_schema="jobs", channel=Channel("plughub_jobs"), durability=Durability.balanced)
QUEUE = SETTINGS.qualified.queue_table


class _Over(Driver):
    """PgQueuer's way to the database over a line of ours."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._shutdown = asyncio.Event()

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        return await self._line.all(query, *args)

    async def execute(self, query: str, *args: object) -> str:
        # Statements with values are prepared, the others may be several at once.
        await (self._line.all(query, *args) if args else self._line.run(query))
        return ""

    async def notify(self, channel: str, payload: str) -> None:
        await self.execute("SELECT pg_notify($1, $2)", channel, payload)

    async def add_listener(self, channel: str, callback: Callable[[str], None]) -> None:
        await self._line.listen(channel, callback)

    @property
    def shutdown(self) -> asyncio.Event:
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        return TaskManager()

    async def __aenter__(self) -> "_Over":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


Answer = TypeVar("Answer")


class Patient(_Over):
    """Repeats a statement until it succeeds, ever more slowly, until `ending` is set.

    PgQueuer's loop ends at the first error, waiting for all of its running jobs before; so the loop gets to see
    none. Each of its statements may be repeated: a job that was taken without our hearing of it lapses.
    """

    def __init__(self, line: Line, *, listens: bool) -> None:
        super().__init__(line)
        self.ending = asyncio.Event()
        self._listens = listens
        self._is_lost = False

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        return await self._repeated(lambda: super(Patient, self).fetch(query, *args))

    async def execute(self, query: str, *args: object) -> str:
        return await self._repeated(lambda: super(Patient, self).execute(query, *args))

    async def add_listener(self, channel: str, callback: Callable[[str], None]) -> None:
        if self._listens:
            await self._repeated(lambda: super(Patient, self).add_listener(channel, callback))

    async def _repeated(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        pause = _FIRST_PAUSE
        while True:
            try:
                answer = await ask()
            except Exception as error:
                if self.ending.is_set():
                    raise
                self._lost(error)
                await self._pause(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                self._found()
                return answer

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.ending.wait(), timeout=seconds)

    def _lost(self, error: Exception) -> None:
        if not self._is_lost:
            self._is_lost = True
            log.warning("jobs out of reach", extra={"why": f"{type(error).__name__}: {error}"})

    def _found(self) -> None:
        if self._is_lost:
            self._is_lost = False
            log.info("jobs in reach again")


class Jobs(Queries):
    """PgQueuer's statements on our schema, without those whose answer is known: no job of ours is put off."""

    def __init__(self, driver: Driver) -> None:
        super().__init__(
            driver,
            QueryBuilderEnvironment(SETTINGS),
            QueryQueueBuilder(SETTINGS),
            QuerySchedulerBuilder(SETTINGS),
        )

    async def next_deferred_eta(self, entrypoints: list[QueueEntrypoint]) -> None:
        return None

    async def queued_work(self, entrypoints: list[QueueEntrypoint]) -> int:
        return 0


def over(line: Line) -> Jobs:
    """An error is the caller's to handle."""
    return Jobs(_Over(line))


async def install(line: Line, role: str) -> None:
    """Make PgQueuer's tables, or bring them to the installed release. As the owner; `role` may use them."""
    jobs = over(line)
    await jobs.apply_upgrade()
    await jobs.optimize_autovacuum()
    await line.run(_NO_LOG)
    await line.run(_rights(role))


# Three lines are written for each job: into nothing, so that nobody has to sweep them. The ledger tells what was done.
_NO_LOG = f"""
CREATE OR REPLACE FUNCTION {SETTINGS.db_schema}.drop_line() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN RETURN NULL; END';
CREATE OR REPLACE TRIGGER drop_line BEFORE INSERT ON {SETTINGS.qualified.queue_table_log}
    FOR EACH ROW EXECUTE FUNCTION {SETTINGS.db_schema}.drop_line();
"""


def _rights(role: str) -> str:
    names = SETTINGS.qualified
    return f"""
    GRANT USAGE ON SCHEMA {SETTINGS.db_schema} TO {role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON {names.queue_table} TO {role};
    GRANT USAGE ON SEQUENCE {names.queue_table}_id_seq TO {role};
    GRANT INSERT ON {names.queue_table_log} TO {role};
    -- Never read: PgQueuer takes a table without any right for one that is missing.
    GRANT SELECT ON {names.statistics_table} TO {role};
    """
