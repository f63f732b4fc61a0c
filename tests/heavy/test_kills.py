"""Workers are killed while clients write: nothing that was acknowledged goes untold. About 3 minutes."""

import asyncio
import itertools
import random
import time
from collections import Counter

import pytest

from tests.heavy import figures, nursery, proof, shopping
from tests.heavy.inbox import Inbox, after, gladly
from tests.heavy.shopping import Shopper
from tests.heavy.site import KILLS, Site, until

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]

#: Deliveries of one endpoint that are on their way at once, and endpoints of the test.
ABREAST, SHOPS, EACH = 8, 3, 4
#: The supervisor gives a worker that dies often ever longer rests.
KILLS_OF_SERVE = 20


async def furnished(site: Site, inbox: Inbox) -> dict[str, Shopper]:
    """Endpoint -> who causes what it is told. Some receivers answer at once, some take their time."""
    found = {}
    for number in range(SHOPS):
        shopper = Shopper(await site.client(await site.shop()))
        for letter in "abcd"[:EACH]:
            name = f"{number}{letter}"
            await site.endpoint(shopper.client.shop, inbox.url(name, after(0.3) if letter == "d" else gladly))
            found[name] = shopper
        await shopper.product()
    return found


async def test_two_hundred_kills_of_workers_lose_nothing_and_repeat_only_what_was_on_its_way(site: Site, inbox: Inbox):
    told = await furnished(site, inbox)
    shoppers = list(dict.fromkeys(told.values()))
    turns = itertools.cycle(shoppers)
    with nursery.opened(site, workers=2) as workers:

        async def killing() -> None:
            while workers.killed < KILLS:
                await asyncio.sleep(random.uniform(0.3, 0.9))
                workers.kill()
                if workers.killed % KILLS_OF_SERVE == 0 and (worker := site.worker()):
                    worker.kill()

        kills = asyncio.create_task(killing())
        await shopping.steadily(40, lambda: not kills.done(), lambda: next(turns).anything())
        await kills
        ended = time.monotonic()
        await site.drained(*(shopper.client.shop for shopper in shoppers), seconds=90)
    print(f"\n{workers.killed} kills, then {time.monotonic() - ended:.1f} s until everything was told")

    await proven(site, inbox, told, most=KILLS * (1 + 1 / KILLS_OF_SERVE) * ABREAST * len(told))
    for shopper in shoppers:
        assert shopper.answers.keys() <= {200, 201}
    await site.end(*(shopper.client.shop for shopper in shoppers))


async def proven(site: Site, inbox: Inbox, told: dict[str, Shopper], *, most: float) -> None:
    """Everything that was acknowledged was told, and what was told again was on its way when a worker went."""
    shoppers = list(dict.fromkeys(told.values()))
    lost = [change for name, shopper in told.items() for change in proof.untold(inbox, name, shopper)]
    wrong = [fault for shopper in shoppers for fault in await proof.faults(site, shopper)]
    again = proof.repeated(inbox)
    interrupted = sum([await proof.interrupted(site, shopper) for shopper in shoppers], Counter[str]())
    print(
        f"{sum(len(shopper.journal) for shopper in shoppers)} changes acknowledged, "
        f"{sum(map(len, inbox.arrivals.values()))} notifications came, {again.total()} of them once more, "
        f"{interrupted.total()} attempts were interrupted; answers {sum((s.answers for s in shoppers), Counter())}"
    )
    assert lost == []
    assert wrong == []
    assert again - interrupted == Counter()
    assert interrupted.total() <= most


async def test_what_a_killed_worker_held_goes_on_within_thirty_seconds(site: Site, inbox: Inbox):
    """All workers at once, at work on every endpoint; others take their places at once."""
    told = await furnished(site, inbox)
    shoppers = list(dict.fromkeys(told.values()))
    turns = itertools.cycle(shoppers)
    killed: list[float] = []

    async def killing() -> None:
        await asyncio.sleep(3)
        for _ in range(2):
            workers.kill()
        worker = site.worker()
        assert worker
        worker.kill()
        killed.append(time.time())

    def heard_since(name: str) -> list[float]:
        return [arrival.at - killed[0] for arrival in inbox.arrivals[name] if killed and arrival.at > killed[0] + 0.5]

    with nursery.opened(site, workers=2) as workers:
        await until(lambda: all(inbox.arrivals[name] for name in told), seconds=60)
        kill = asyncio.create_task(killing())
        ends = shopping.for_seconds(60)
        await shopping.steadily(40, lambda: ends() and not all(map(heard_since, told)), lambda: next(turns).anything())
        await kill
        await site.drained(*(shopper.client.shop for shopper in shoppers), seconds=90)

    figures.tell("from the kill to the next notification of an endpoint", [heard_since(name)[0] for name in told])
    await proven(site, inbox, told, most=3 * ABREAST * len(told))
    gaps = {name: heard_since(name)[0] for name in told}
    await site.end(*(shopper.client.shop for shopper in shoppers))
    assert max(gaps.values()) <= 30
