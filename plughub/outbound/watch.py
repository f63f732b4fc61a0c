"""Bounds on what a connection may bring, where aiohttp sets none.

aiohttp reads interim answers, empty lines and the rest between two bytes of a body for as long as they come, and stores
answers that nobody asked for on a connection that is kept. Whoever is called could so hold this process's processor
and memory. Here every connection has a number of bytes that it may still bring, and is cut when it goes on.
"""

import asyncio
from functools import partial
from typing import Any

import aiohttp
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

#: Bytes before the body begins. Not less than what arrives in one piece, so that a body's start is never in the way.
_HEAD = 256 * 1024
#: For the bytes of a body: what comes between them when it is sent in small chunks.
_FRAMING = 4
#: Connections that stay open after their answer, in use by others or not.
_MOST_OPEN = 256


class Watch(asyncio.Protocol):
    """Stands between a connection and its reader."""

    def __init__(self, transport: asyncio.Transport, reader: asyncio.Protocol, open_now: set["Watch"]) -> None:
        self._transport = transport
        self._reader = reader
        self._open_now = open_now
        self._left = 0
        open_now.add(self)

    def expect_head(self) -> None:
        self._left = _HEAD

    def expect_body(self, limit: int) -> None:
        self._left = _HEAD + _FRAMING * limit

    def expect_nothing(self) -> None:
        self._left = -1

    def data_received(self, data: bytes) -> None:
        if self._left < 0:
            self._transport.abort()
            return
        # The piece that goes too far is still passed on: a long body is then cut by its reader, and not lost.
        self._left -= len(data)
        self._reader.data_received(data)

    def eof_received(self) -> bool | None:
        return self._reader.eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        self._open_now.discard(self)
        self._reader.connection_lost(error)

    def pause_writing(self) -> None:
        self._reader.pause_writing()

    def resume_writing(self) -> None:
        self._reader.resume_writing()


class WatchedConnector(aiohttp.TCPConnector):
    """Puts a watch on every connection that it opens, and keeps only so many."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._open_now: set[Watch] = set()

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 -- as aiohttp calls it
    ) -> Connection:
        connection = await super().connect(req, traces, timeout)
        watch = watch_of(connection) or self._watched(connection)
        if watch:
            watch.expect_head()
            connection.add_callback(partial(self._rest, watch, connection))
        return connection

    def _watched(self, connection: Connection) -> Watch | None:
        transport, reader = connection.transport, connection.protocol
        if transport is None or reader is None:
            return None  # gone already, as the next write will find
        watch = Watch(transport, reader, self._open_now)
        transport.set_protocol(watch)
        return watch

    def _rest(self, watch: Watch, connection: Connection) -> None:
        """The answer is whole, or nobody wants the rest of it."""
        watch.expect_nothing()
        if connection.protocol is not None and len(self._open_now) > _MOST_OPEN:
            connection.protocol.force_close()
            self._open_now.discard(watch)


def watch_of(connection: Connection | None) -> Watch | None:
    protocol = connection.transport.get_protocol() if connection and connection.transport else None
    return protocol if isinstance(protocol, Watch) else None
