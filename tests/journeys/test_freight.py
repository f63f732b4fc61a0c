"""Freight as a shop lives with it: sources that answer, sources that hang, and a buyer who does not wait."""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter

import aiohttp
import pytest

from tests import server
from tests.dialects.pluggto.carriers import carriers, quote
from tests.journeys import hub as hubs

EGRESS = {"PLUGHUB_EGRESS_NETWORKS": "loopback"}
GOOD, HANGING = 7, 3
QUESTIONS = 300


def plughub(hub, *arguments):
    command = [sys.executable, "-m", "plughub", *arguments, "--tenant", "demo", "--json", "--data", str(hub.data)]
    return json.loads(subprocess.run(command, env=hubs.CLEAN | EGRESS, capture_output=True, check=True).stdout)


@pytest.fixture
def hub():
    with server.folder() as path:
        (path / "hub").mkdir()
        with hubs.running(path / "hub", **EGRESS) as hub:
            yield hub


async def token(http, made):
    form = {name: made[name] for name in ("client_id", "client_secret", "username", "password")}
    async with http.post(f"{made['base_url']}/oauth/token", data={"grant_type": "password", **form}) as answer:
        return (await answer.json(content_type=None))["access_token"]


@pytest.mark.heavy
@pytest.mark.timeout(600)
async def test_ten_sources_of_which_three_hang_cost_no_more_than_200_ms(hub):
    made = await asyncio.to_thread(plughub, hub, "connection", "create", "pluggto")
    async with aiohttp.ClientSession() as http, carriers() as carrier:
        for number in range(GOOD + HANGING):
            terms = {} if number < GOOD else {"after": None}
            url = carrier.carrier(f"c{number}", [quote(10 + number)], **terms)
            await asyncio.to_thread(plughub, hub, "freight", "source", "add", f"c{number}", url)
        asked = {"access_token": await token(http, made), "postalcode": "01310-100", "skus": "KIT-CAFE:2"}

        async def question():
            began = time.perf_counter()
            async with http.get(f"{made['base_url']}/shipping", params=asked) as answer:
                quotes = await answer.json()
            return time.perf_counter() - began, len(quotes)

        async def buyers(count):
            async def buyer():
                return [await question() for _ in range(QUESTIONS // count)]

            return [one for many in await asyncio.gather(*(buyer() for _ in range(count))) for one in many]

        await question()
        found = {count: await buyers(count) for count in (1, 4)}
        carrier.begin_again()

    for count, answers in found.items():
        print(f"\n{count} at once: {_told([seconds for seconds, _ in answers])}")
    everything = [one for answers in found.values() for one in answers]
    assert Counter(quotes for _, quotes in everything) == {GOOD: len(everything)}
    # Counted after the answer, and all of it by the time that the hub has stopped.
    assert await asyncio.to_thread(hubs.stop, hub) == 0
    times = len(everything) + 1
    listed = {one["name"]: one for one in await asyncio.to_thread(plughub, hub, "freight", "source", "list")}
    assert [listed[f"c{number}"]["answered"] for number in range(GOOD)] == [times] * GOOD
    assert [listed[f"c{number}"]["late"] for number in range(GOOD, GOOD + HANGING)] == [times] * HANGING
    for answers in found.values():
        assert _share(0.99, [seconds for seconds, _ in answers]) <= 0.2


def _share(share, seconds):
    return sorted(seconds)[int(len(seconds) * share)]


def _told(seconds):
    shares = {"p50": 0.5, "p99": 0.99, "longest": 0.9999}
    return ", ".join(f"{name} {_share(share, seconds) * 1000:.1f} ms" for name, share in shares.items())
