"""The hub: where edges get their transactions. `read` for queries, `change` for commands, `step` for hot writes."""

import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from uuid import UUID

import asyncpg

from plughub.core.contents import Contents
from plughub.core.errors import HubError, TryAgain, Unavailable
from plughub.core.later import Later
from plughub.core.numbers import Numbers
from plughub.core.secrets import Keys
from plughub.db.pool import Connection, Pool, Session


class Transaction(Session):
    """What commands and queries get: one connection that sees one tenant, and a source of running numbers."""

    __slots__ = ("numbers",)
    numbers: "Numbers"


#: The role the hub works as: owns nothing, cannot bypass row security. Made by the first migration.
APP_ROLE = "plughub_app"

_BUSY = (
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    # Too many connections; no room on the disk or in memory.
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)


#: The one source of "now"; aware, in UTC.
Clock = Callable[[], datetime]


class Hub:
    """One per process. Holds the pool and the keys; knows no request."""

    def __init__(
        self,
        url: str,
        *,
        keys: Keys,
        contents: Contents | None = None,
        role: str | None = APP_ROLE,
        size: int = 8,
        clock: Clock | None = None,
    ) -> None:
        numbers = Numbers(Pool(url, role=role, size=1, lend=Session))
        self.pool = Pool(url, role=role, size=size, lend=partial(_lend, numbers))
        self._aside: Pool[Transaction] = Pool(url, role=role, size=1, lend=partial(_lend, numbers))
        self.numbers = numbers
        self.keys = keys
        self._contents = contents
        #: What is written when the answer has gone.
        self.later = Later()
        self._clock = clock or partial(datetime.now, UTC)
        #: Names this process in heartbeats and logs.
        self.process = secrets.token_hex(4)

    @property
    def contents(self) -> Contents:
        """Of files. Only a hub that serves, or sweeps, has any."""
        if self._contents is None:
            raise RuntimeError("this hub was opened without a place for files")
        return self._contents

    def now(self) -> datetime:
        return self._clock()

    def read(self, tenant: UUID | None) -> "_Block":
        """Queries of one tenant. Each statement sees what was committed when it began."""
        return _Block(self.pool.session(tenant))

    def change(self, tenant: UUID | None) -> "_Block":
        """A transaction: all of it or nothing. Reply only after the block has ended."""
        return _Block(self.pool.transaction(tenant))

    def aside(self, tenant: UUID) -> "_Block":
        """As `step`, on a connection of its own: for what is noted about requests and must never hold one up."""
        return _Block(self._aside.session(tenant))

    async def close(self) -> None:
        await self.later.close()
        await self.pool.close()
        await self._aside.close()
        await self.numbers.close()

    #: For a command that is one statement and so its own transaction: saves two round trips.
    step = read


def _lend(numbers: Numbers, pool: Pool[Transaction], connection: Connection) -> Transaction:
    tx = Transaction(pool, connection)
    tx.numbers = numbers
    return tx


class spelled:
    """Database trouble in the core's words, so that no edge needs to know the driver."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, HubError):
            return
        if isinstance(error, asyncpg.DeadlockDetectedError | asyncpg.SerializationError):
            raise TryAgain from error
        if isinstance(error, _BUSY):
            raise Unavailable from error


class _Block:
    """A block of the pool's, whose troubles are told in the core's words."""

    __slots__ = ("_block",)

    def __init__(self, block: AbstractAsyncContextManager[Transaction]) -> None:
        self._block = block

    async def __aenter__(self) -> Transaction:
        with spelled():
            return await self._block.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with spelled():
            await self._block.__aexit__(kind, error, trace)
        spelled().__exit__(kind, error, trace)
