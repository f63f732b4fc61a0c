"""A whole hub in processes of its own, and a way to prepare and to look into its database."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from plughub import app
from plughub.config import Settings
from plughub.core import webhooks
from plughub.core.hub import Hub
from plughub.core.webhooks import Subscription
from plughub.db import private
from tests import make, server, wait
from tests.dialects.pluggto.conftest import Client, client_of
from tests.journeys import hub as processes

#: Receivers are on this machine.
ENVIRONMENT = {"PLUGHUB_EGRESS_NETWORKS": "loopback", "PLUGHUB_LOG_LEVEL": "warning"}
KILLS = int(os.environ.get("PLUGHUB_TEST_KILLS", "200"))
SECONDS = float(os.environ.get("PLUGHUB_TEST_SECONDS", "40"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    processes: processes.Hub
    #: Of the database, as its owner.
    url: str
    #: On the same database, in the process of the tests.
    hub: Hub
    http: aiohttp.ClientSession

    async def shop(self) -> make.Shop:
        return await make.shop(self.hub)

    async def client(self, shop: make.Shop) -> Client:
        """A client of this shop over the hub's API."""
        return await client_of(self.http, f"http://127.0.0.1:{self.processes.port}", shop)

    async def endpoint(self, shop: make.Shop, url: str, style: str = "pluggto", *kinds: str) -> Subscription:
        connection, _ = await make.connection(shop)
        async with self.hub.change(shop.tenant.id) as tx:
            return await webhooks.subscribe(tx, shop.caller, connection.id, url=url, style=style, kinds=kinds)

    async def all(self, tenant: make.Shop | None, sql: str, *values: Any) -> list[dict[str, Any]]:
        async with self.hub.read(tenant.tenant.id if tenant else None) as tx:
            return [dict(row) for row in await tx.all(sql, *values)]

    async def drained(self, *shops: make.Shop, seconds: float) -> None:
        """Every event of these shops has its place, nothing waits to be sent, and no endpoint is due for nothing."""
        async with asyncio.timeout(seconds):
            for shop in shops:
                while any((await self.all(shop, _WAITING, shop.tenant.id))[0].values()):  # noqa: ASYNC110
                    await asyncio.sleep(0.2)

    async def end(self, *shops: make.Shop) -> None:
        """These shops are told nothing more, so that the next test has the machine for itself."""
        for shop in shops:
            async with self.hub.change(shop.tenant.id) as tx:
                for endpoint in await webhooks.subscriptions(tx, shop.tenant.id):
                    await webhooks.unsubscribe(tx, shop.tenant.id, endpoint.id, now=self.hub.now())

    def worker(self) -> psutil.Process | None:
        """The worker that `serve` keeps."""
        return self.processes.child("_work")

    def says(self) -> str:
        """The log of all processes."""
        return self.processes.output.read_text()


_WAITING = """
SELECT EXISTS (SELECT FROM event_outbox WHERE tenant_id = $1) AS events,
       EXISTS (SELECT FROM deliveries WHERE tenant_id = $1 AND state = 'due') AS deliveries,
       EXISTS (SELECT FROM due_endpoints WHERE tenant_id = $1 AND due_at IS NOT NULL) AS endpoints
"""


@asynccontextmanager
async def site(folder: Path | None = None, **settings: str) -> AsyncIterator[Site]:
    """In a folder of its own, or in one that exists; `settings`: its environment."""
    with server.folder() as ours:
        data = (folder or ours) / "hub"
        await _prepare(data)
        with processes.started(data, **ENVIRONMENT | settings) as running:
            wait.until(running.has_greeted, seconds=180)
            # Joined, not started: it is the hub that owns its database.
            url = private.start(data).url
            hub = app.open_hub(Settings(data=data, database_url=url))
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
                try:
                    yield Site(processes=running, url=url, hub=hub, http=http)
                finally:
                    await hub.close()


async def _prepare(data: Path) -> None:
    """A database with the hub's tables and a tenant, so that `serve` loads no sample shop."""
    with private.running(data) as database:
        settings = Settings(data=data, database_url=database.url)
        await app.migrate(settings)
        hub = app.open_hub(settings)
        await make.shop(hub)
        await hub.close()


async def until(claim: Callable[[], bool], *, seconds: float) -> None:
    """Like `tests.wait.until`, while the receivers in this process go on answering."""
    async with asyncio.timeout(seconds):
        while not claim():  # noqa: ASYNC110 - it happens in other processes
            await asyncio.sleep(0.02)
