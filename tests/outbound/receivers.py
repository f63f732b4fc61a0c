"""Whoever is called: servers on this machine that note what reached them, the hostile ones among them."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Behaviour = Callable[["Talk"], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Receiver:
    port: int
    #: Connections that were opened, whatever came of them.
    opened: int = 0
    asked: list[Asked] = field(default_factory=list)
    #: The names in TLS greetings.
    greeted: list[str | None] = field(default_factory=list)
    _talks: set[asyncio.Task[None]] = field(default_factory=set)

    async def until_left(self) -> None:
        """Returns when every connection was closed by the caller."""
        await asyncio.gather(*self._talks)


@dataclass(frozen=True, slots=True)
class Talk:
    """One connection, as the server's side of it sees it."""

    receiver: Receiver
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def request(self) -> Asked | None:
        """The next request, or None when the caller is gone."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").rstrip().split("\r\n")
        headers = {name.lower(): value.strip() for name, value in (text.split(":", 1) for text in fields)}
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        self.receiver.asked.append(Asked(line, headers, body))
        return self.receiver.asked[-1]

    async def say(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def say_for_ever(self, part: bytes) -> None:
        while True:
            await self.say(part)


async def friendly(talk: Talk) -> None:
    while True:
        await talk.request()
        await talk.say(OK)


def answering(*answers: bytes) -> Behaviour:
    """Gives these in turn, the last one again and again."""
    left = list(answers)

    async def behave(talk: Talk) -> None:
        while True:
            await talk.request()
            await talk.say(left.pop(0) if len(left) > 1 else left[0])

    return behave


def redirecting(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


@asynccontextmanager
async def receiving(
    behaviour: Behaviour = friendly, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    receiver = Receiver(port)

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        receiver.opened += 1
        task = asyncio.current_task()
        receiver._talks.add(task)
        try:
            await behaviour(Talk(receiver, reader, writer))
            await reader.read()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            receiver._talks.discard(task)
            writer.transport.abort()

    if tls:
        tls.sni_callback = lambda _socket, name, _context: receiver.greeted.append(name)
    # The protocol is named, so that asyncio sends without delay.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(64)
        receiver.port = listening.getsockname()[1]
        async with await asyncio.start_server(met, sock=listening, ssl=tls) as server:
            yield receiver
            server.close()
            for task in receiver._talks:
                task.cancel()
            await receiver.until_left()
