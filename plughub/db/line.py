"""One connection that is opened when first needed, again when it was lost, and that listens.

For those who keep a connection of their own: a pool lends for a moment, and what is listened to is heard on the
connection that said LISTEN. Statements wait for each other.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg

from plughub.db.pool import SETTINGS

#: Seconds until a server that does not answer is taken for gone; the server itself gives up earlier.
_SILENCE = 10

#: For the owner, who may wait for another's installation but lets nobody wait behind a lock.
OWNERS = {"application_name": "plughub", "lock_timeout": "10000", "timezone": "UTC"}

Heard = Callable[[str], None]


class Line:
    """`role`: whom to work as; None stays who the URL says. `settings` replace those of the hub's sessions."""

    def __init__(self, url: str, *, role: str | None, settings: dict[str, str] = SETTINGS) -> None:
        self._url = url
        self._settings = settings | ({"role": role} if role else {})
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._turn = asyncio.Lock()
        self._listeners: list[tuple[str, Heard]] = []

    async def all(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        async with self._turn:
            connection = await self._open()
            try:
                return [dict(row) for row in await connection.fetch(sql, *values)]
            except TimeoutError:
                # The other end may be gone without a word; to ask it anything more would hang as well.
                connection.terminate()
                raise

    async def run(self, sql: str) -> None:
        """One or several statements without values."""
        async with self._turn:
            await (await self._open()).execute(sql)

    async def listen(self, channel: str, heard: Heard) -> None:
        """Call `heard` with each payload sent to the channel from now on, on whatever connection that is."""
        async with self._turn:
            self._listeners.append((channel, heard))
            if self._connection is not None and not self._connection.is_closed():
                await self._connection.add_listener(channel, _payload_to(heard))
            else:
                await self._open()

    async def close(self) -> None:
        async with self._turn:
            if self._connection is not None:
                await self._connection.close(timeout=2)
                self._connection = None

    async def _open(self) -> "asyncpg.Connection[asyncpg.Record]":
        if self._connection is not None and not self._connection.is_closed():
            return self._connection
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
            self._url, server_settings=self._settings, timeout=_SILENCE, command_timeout=_SILENCE
        )
        try:
            for channel, heard in self._listeners:
                await connection.add_listener(channel, _payload_to(heard))
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection
        return connection


def _payload_to(heard: Heard) -> Callable[..., None]:
    def listener(_connection: object, _pid: object, _channel: object, payload: object) -> None:
        heard(str(payload))

    return listener
