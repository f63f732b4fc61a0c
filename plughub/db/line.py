"""One connection that is opened when first needed, again when it was lost, and that listens.

For those who keep a connection of their own: a pool lends for a moment, and what is listened to is heard on the
connection that said LISTEN. Statements wait for each other.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from plughub.db.pool import SETTINGS

#: For the owner, who may wait long for another's installation but lets nobody wait long behind a lock.
OWNERS = {"application_name": "plughub", "lock_timeout": "10000", "timezone": "UTC"}

#: For a table whose rows live for a moment, most of which are dead between two vacuums. An index scan marks the dead
#: that it meets and the next one passes over them; other scans read them all again each time.
QUEUES = SETTINGS | {"enable_seqscan": "off", "enable_bitmapscan": "off"}

Heard = Callable[[str], None]


class Line:
    """`role`: whom to work as; None stays who the URL says. `settings` replace those of the hub's sessions.

    `silence`: seconds after which a server that does not answer is taken for gone; None waits for ever.
    """

    def __init__(
        self, url: str, *, role: str | None, settings: dict[str, str] = SETTINGS, silence: float | None = 10
    ) -> None:
        self._url = url
        self._settings = settings | ({"role": role} if role else {})
        self._silence = silence
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._turn = asyncio.Lock()
        self._listeners: dict[str, Heard] = {}

    async def all(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        async with self._lent() as connection:
            return [dict(row) for row in await connection.fetch(sql, *values)]

    async def run(self, sql: str) -> None:
        """One or several statements without values."""
        async with self._lent() as connection:
            await connection.execute(sql)

    async def listen(self, channel: str, heard: Heard) -> None:
        """From now on call `heard` with each payload sent to the channel; who listened to it before no longer does."""
        self._listeners[channel] = heard
        async with self._lent() as connection:
            await connection.add_listener(channel, self._hear)

    async def close(self) -> None:
        async with self._turn:
            if self._connection is not None:
                await self._connection.close(timeout=2)
                self._connection = None

    @asynccontextmanager
    async def _lent(self) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
        async with self._turn:
            connection = await self._open()
            try:
                yield connection
            except asyncpg.PostgresError:
                raise
            except BaseException:
                # Silent, cancelled, or a driver that lost its place: what the other end thinks is unknown.
                connection.terminate()
                raise

    async def _open(self) -> "asyncpg.Connection[asyncpg.Record]":
        if self._connection is not None and not self._connection.is_closed():
            return self._connection
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
            self._url, server_settings=self._settings, timeout=10, command_timeout=self._silence
        )
        try:
            for channel in self._listeners:
                await connection.add_listener(channel, self._hear)
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection
        return connection

    def _hear(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        self._listeners[channel](str(payload))
