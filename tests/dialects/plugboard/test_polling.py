"""Clients that ask for what has changed since they asked last, beside writers that take their time."""

import asyncio
from collections.abc import Awaitable, Callable

from plughub.core import products
from plughub.core.hub import Transaction
from plughub.core.products import Content
from plughub.core.record import Record
from tests import make
from tests.dialects.plugboard.conftest import Client


class Poller:
    """Remembers the last `lastModified` it has seen, in whole seconds, as the vendor's clients do."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.since: str | None = None
        #: SKU -> title, as they came.
        self.seen: dict[str, str] = {}
        self.rounds = 0
        self.wakes = asyncio.Condition()

    async def poll(self) -> None:
        parameters = {"modifiedAtOrAfter": self.since} if self.since else {}
        for record in (await self.client.get("/product", params=parameters)).json:
            self.seen[record["sku"]] = record["title"]
            self.since = record["lastModified"]
        async with self.wakes:
            self.rounds += 1
            self.wakes.notify_all()

    async def run(self) -> None:
        while True:
            await self.poll()

    async def has_polled(self, times: int) -> None:
        async with self.wakes:
            end = self.rounds + times
            await self.wakes.wait_for(lambda: self.rounds >= end)


Work = Callable[[Transaction, str], Awaitable[None]]


async def test_a_poller_misses_no_change_however_long_its_transaction_takes(client: Client):
    hub, tenant = client.shop.hub, client.shop.tenant.id
    poller = Poller(client)
    written: dict[str, str] = {}

    async def retitle(tx: Transaction, record: Record[products.Product], title: str) -> None:
        await products.change(tx, client.shop.caller, record.id, {"content": {"sv": Content(name=title)}})
        written[str(record.value.default.sku)] = title

    async def writer(patience: int) -> None:
        """One transaction after the other: a change before the second turns, one after it, and then it lingers."""
        early, late = await make.product(client.shop), await make.product(client.shop)
        for turn in range(2):
            async with hub.change(tenant) as tx:
                await retitle(tx, early, f"early {turn}")
                second = hub.now().second
                while hub.now().second == second:
                    await poller.has_polled(1)
                await retitle(tx, late, f"late {turn}")
                await poller.has_polled(patience)

    polling = asyncio.create_task(poller.run())
    try:
        await asyncio.gather(writer(2), writer(6))
        await poller.has_polled(2)
    finally:
        polling.cancel()

    assert {sku: poller.seen.get(sku) for sku in written} == written
