"""Receivers that drip, hang, reset and flood: others are told in time, and the worker stays small. About a minute."""

import asyncio
import itertools
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.heavy import figures, shopping, villains
from tests.heavy.inbox import Inbox
from tests.heavy.shopping import Shopper
from tests.heavy.site import SECONDS, Site, until
from tests.heavy.test_fairness import first_attempts

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(300)]

#: Endpoints of each kind, all in shops of their own.
OF_EACH = 3
#: What a worker may grow by, in MB: all its places at once hold 8 answers of 64 KB and what aiohttp reads ahead.
ROOM = 200


class Gauge:
    """How large a worker was at most."""

    def __init__(self, worker: psutil.Process) -> None:
        self._worker = worker
        self.before = self.most = self._size()
        self.files = worker.num_fds()
        self.most_files = self.files

    async def watch(self) -> None:
        with suppress(psutil.NoSuchProcess):
            while True:
                self.most = max(self.most, self._size())
                self.most_files = max(self.most_files, self._worker.num_fds())
                await asyncio.sleep(0.1)

    def _size(self) -> float:
        return float(self._worker.memory_info().rss) / 1e6


async def test_receivers_that_misbehave_neither_delay_others_nor_fill_the_worker(
    site: Site, inbox: Inbox, tmp_path: Path
):
    worker = site.worker()
    assert worker
    async with villains.at_work(tmp_path) as (urls, calls):
        shoppers = []
        for number in range(OF_EACH):
            for url in urls.values():
                shoppers.append(Shopper(await site.client(await site.shop())))
                await site.endpoint(shoppers[-1].client.shop, url)
            await site.endpoint(shoppers[-1].client.shop, inbox.url(str(number)))
        told = {str(number): shopper for number, shopper in enumerate(shoppers[len(urls) - 1 :: len(urls)])}
        turns = itertools.cycle(shoppers)
        gauge = Gauge(worker)
        watching = asyncio.create_task(gauge.watch())

        await shopping.steadily(30, shopping.for_seconds(SECONDS), lambda: next(turns).product())
        await until(
            lambda: all(len(inbox.arrivals[name]) >= len(shopper.journal) for name, shopper in told.items()),
            seconds=60,
        )
        watching.cancel()

    waits = [wait for name, shopper in told.items() for wait in first_attempts(inbox, name, shopper.journal)]
    figures.tell("first attempt beside receivers that misbehave", waits)
    print(
        f"the worker grew from {gauge.before:.0f} to {gauge.most:.0f} MB at most, from {gauge.files} to "
        f"{gauge.most_files} open files; calls {dict(calls)}"
    )
    await site.end(*(shopper.client.shop for shopper in shoppers))
    assert worker.is_running()
    # Nobody speaks to a receiver whose certificate does not hold.
    assert calls.keys() == urls.keys() - {"bad tls"}
    assert figures.share(waits, 0.95) <= 2
    assert gauge.most - gauge.before <= ROOM
    # A quarter of the places, times deliveries abreast; and what it had open before.
    assert gauge.most_files <= gauge.files + 64 * 8
