"""Receivers of webhooks: one socket, a path for each endpoint, and the moment at which each message came."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec
from aiohttp import web

#: What a receiver does with a message; returns its status.
Manner = Callable[[], Awaitable[int]]


class Told(msgspec.Struct, frozen=True):
    """A notification as Plugg.to's receivers know it."""

    type: str
    action: str
    #: Of the record, in 24 digits.
    id: str


@dataclass(frozen=True, slots=True)
class Arrival:
    #: Unix time at which the whole message was here.
    at: float
    #: The same at each try of a delivery.
    delivery: str
    told: Told


async def gladly() -> int:
    return 200


async def never() -> int:
    await asyncio.sleep(3600)
    return 200


def after(seconds: float) -> Manner:
    async def slowly() -> int:
        await asyncio.sleep(seconds)
        return 200

    return slowly


@dataclass
class Inbox:
    address: str = ""
    #: Endpoint -> what came, in that order.
    arrivals: dict[str, list[Arrival]] = field(default_factory=lambda: defaultdict(list))
    #: Endpoint -> delivery of each answer with 200.
    taken: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    manners: dict[str, Manner] = field(default_factory=dict)

    def url(self, endpoint: str, manner: Manner = gladly) -> str:
        self.manners[endpoint] = manner
        return f"{self.address}/{endpoint}"

    async def _handle(self, request: web.Request) -> web.Response:
        endpoint = request.match_info["endpoint"]
        told = msgspec.json.decode(await request.read(), type=Told)
        arrival = Arrival(time.time(), request.headers["webhook-id"], told)
        self.arrivals[endpoint].append(arrival)
        status = await self.manners[endpoint]()
        if status == 200:
            self.taken[endpoint].append(arrival.delivery)
        return web.Response(status=status)


@asynccontextmanager
async def opened() -> AsyncIterator[Inbox]:
    inbox = Inbox()
    application = web.Application()
    application.router.add_post("/{endpoint}", inbox._handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await place.start()
    inbox.address = place.name
    try:
        yield inbox
    finally:
        await runner.cleanup()
