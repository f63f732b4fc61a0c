"""PostgreSQL goes away while clients write: they hear 503, and nothing acknowledged is lost. About a minute."""

import asyncio
import itertools
import os
import random
import signal
import time

import psutil
import pytest

from tests.heavy import figures, shopping
from tests.heavy.inbox import Inbox
from tests.heavy.site import Site, until
from tests.heavy.test_kills import ABREAST, furnished, proven

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]

#: As an operator stops it, as in an emergency, and as the kernel does when memory ends: one backend, or the whole.
WAYS = {
    "a fast stop": signal.SIGINT,
    "an immediate stop": signal.SIGQUIT,
    "the death of a backend": None,
    "the death of the server": signal.SIGKILL,
}
#: Seconds of work before each.
BETWEEN = 6.0


async def test_restarts_of_the_database_lose_nothing_and_give_no_wrong_answer(site: Site, inbox: Inbox):
    told = await furnished(site, inbox)
    shoppers = list(dict.fromkeys(told.values()))
    turns = itertools.cycle(shoppers)
    gaps: list[float] = []

    async def breaking() -> None:
        for way, number in [*WAYS.items()] * 2:
            await asyncio.sleep(BETWEEN)
            written = sum(len(shopper.journal) for shopper in shoppers)
            began = time.monotonic()
            strike(site, number)
            await asyncio.sleep(0.2)
            await until(
                lambda written=written: sum(len(shopper.journal) for shopper in shoppers) > written + 10, seconds=60
            )
            gaps.append(time.monotonic() - began)
            print(f"\nafter {way} ten more changes were written within {gaps[-1]:.1f} s", end="")

    work = asyncio.create_task(breaking())
    await shopping.steadily(30, lambda: not work.done(), lambda: next(turns).anything())
    await work
    ended = time.monotonic()
    await site.drained(*(shopper.client.shop for shopper in shoppers), seconds=90)
    print(f"\neverything was told {time.monotonic() - ended:.1f} s after the last change")

    figures.tell("from the blow to ten more changes", gaps)
    await proven(site, inbox, told, most=2 * len(WAYS) * ABREAST * len(told))
    for shopper in shoppers:
        assert shopper.answers.keys() <= {200, 201, 503}
    await site.end(*(shopper.client.shop for shopper in shoppers))


def strike(site: Site, number: signal.Signals | None) -> None:
    """At the server; without a number at a backend of the hub, whose death makes the server begin anew."""
    server = psutil.Process(int((site.processes.data / "postgres/data/postmaster.pid").read_text().split()[0]))
    if number is not None:
        server.send_signal(number)
        return
    backends = [child.pid for child in server.children() if "plughub" in " ".join(child.cmdline())]
    os.kill(random.choice(backends), signal.SIGKILL)
