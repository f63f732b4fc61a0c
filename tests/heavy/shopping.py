"""Clients that change their shop over the API and keep a journal of what was acknowledged."""

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.dialects.pluggto.conftest import Client
from tests.heavy.inbox import Told


@dataclass(frozen=True, slots=True)
class Change:
    """Something that the hub said it has kept."""

    #: What a notification of it will say.
    told: Told
    #: Unix times of the request and of its answer.
    sent: float
    acknowledged: float


@dataclass(eq=False)
class Shopper:
    client: Client
    journal: list[Change] = field(default_factory=list)
    #: Status -> answers with it; 0: there was none.
    answers: Counter[int] = field(default_factory=Counter)
    #: SKU -> id of its product.
    shelf: dict[str, str] = field(default_factory=dict)
    #: SKU -> units that are surely and that are perhaps in its stock.
    sure: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    unsure: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    #: SKUs of which orders have taken some.
    ordered: set[str] = field(default_factory=set)
    _number: int = 0

    async def product(self) -> None:
        sku = self._next("P")
        # By the way that only creates: when its answer is lost nobody knows of the product.
        made = await self._write("products", "created", "POST", "/products", {"sku": sku, "name": sku, "quantity": 100})
        if made:
            self.shelf[sku] = made
            self.sure[sku] = 100

    async def order(self) -> None:
        sku = random.choice(list(self.shelf))
        self.ordered.add(sku)
        body = {"channel": "loja", "original_id": self._next("O"), "items": [{"sku": sku, "quantity": 1, "price": 10}]}
        await self._write("orders", "created", "POST", "/orders", body)

    async def stock(self) -> None:
        sku = random.choice(list(self.shelf))
        await self.restock(sku)

    async def restock(self, sku: str) -> None:
        body = {"action": "increase", "quantity": 1}
        self.unsure[sku] += 1
        if await self._write("products", "updated", "PUT", f"/skus/{sku}/stock", body):
            self.unsure[sku] -= 1
            self.sure[sku] += 1

    async def anything(self) -> None:
        """A new product, a new order, or most often other stock."""
        chance = random.random()
        await (self.product() if chance < 0.2 or not self.shelf else self.order() if chance < 0.4 else self.stock())

    async def _write(self, type: str, action: str, method: str, path: str, body: Any) -> str | None:
        """The id of the record, if the hub said that it was written."""
        sent = time.time()
        try:
            answer = await self.client.call(method, path, body)
        except aiohttp.ClientError:
            self.answers[0] += 1
            return None
        self.answers[answer.status] += 1
        if answer.status not in (200, 201):
            return None
        (record,) = answer.json.values()
        self.journal.append(Change(Told(type, action, record["id"]), sent, time.time()))
        return str(record["id"])

    def _next(self, letter: str) -> str:
        self._number += 1
        return f"{letter}{self._number}"


async def steadily(rate: float, going: Callable[[], bool], step: Callable[[], Awaitable[None]]) -> None:
    """Begin `rate` steps a second, however long each takes, for as long as it goes on; then wait for all."""
    began, steps = time.monotonic(), 0
    async with asyncio.TaskGroup() as tasks:
        while going():
            tasks.create_task(_call(step))
            steps += 1
            await asyncio.sleep(max(0.0, began + steps / rate - time.monotonic()))


async def _call(step: Callable[[], Awaitable[None]]) -> None:
    await step()


def for_seconds(seconds: float) -> Callable[[], bool]:
    ends = time.monotonic() + seconds
    return lambda: time.monotonic() < ends
