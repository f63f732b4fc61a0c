"""A receiver of webhooks on a socket of its own, that answers as it is told."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web


@dataclass(frozen=True, slots=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


Answer = Callable[[Received], Awaitable[web.Response]]


@dataclass
class Receiver:
    url: str
    received: list[Received] = field(default_factory=list)
    #: Status of every answer, unless `answer` is set.
    status: int = 200
    text: str = "thank you"
    headers: dict[str, str] = field(default_factory=dict)
    answer: Answer | None = None

    async def _handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        received = Received(request.method, request.path, headers, await request.read())
        self.received.append(received)
        if self.answer:
            return await self.answer(received)
        return web.Response(status=self.status, headers=self.headers, text=self.text)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver("")
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", receiver._handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = site.name + "/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()
