"""Alive means that this process answers; ready means that the hub can work."""

import aiohttp
import pytest

from plughub.core.hub import Hub
from plughub.core.secrets import Keys
from plughub.db import migrate
from plughub.delivery import work
from plughub.delivery.counts import Counts
from plughub.web import health
from tests.sockets import serving


async def got(http: aiohttp.ClientSession, url: str) -> tuple[int, dict]:
    async with http.get(url) as answer:
        return answer.status, await answer.json()


async def test_a_process_that_answers_is_alive(http: aiohttp.ClientSession, address: str):
    assert await got(http, f"{address}/health") == (200, {"status": "alive"})


async def test_the_root_tells_where_everything_is(http: aiohttp.ClientSession, address: str):
    status, index = await got(http, f"{address}/")

    assert status == 200
    assert index["dialects"]["pluggto"] == {"base": "/pluggto", "docs": "/pluggto/docs"}
    assert (index["health"], index["ready"]) == ("/health", "/ready")


async def test_a_hub_whose_worker_beats_is_ready(http: aiohttp.ClientSession, address: str, hub: Hub):
    await work.beat(hub, Counts())

    ready = {"status": "ready", "database": "ok", "migrations": "ok", "worker": "ok"}
    assert await got(http, f"{address}/ready") == (200, ready)


async def test_a_hub_without_a_worker_is_not_ready_and_says_what_to_do(
    http: aiohttp.ClientSession, address: str, hub: Hub
):
    async with hub.step(None) as tx:
        await tx.run("DELETE FROM heartbeats")

    status, found = await got(http, f"{address}/ready")

    assert (status, found["status"], found["database"]) == (503, "not ready", "ok")
    assert "plughub work" in found["worker"]


async def test_a_hub_behind_its_code_is_not_ready(hub: Hub, monkeypatch: pytest.MonkeyPatch):
    known = migrate.available()
    monkeypatch.setattr(migrate, "available", lambda: [*known, ("9999_next", "")])

    found = await health.readiness(hub)

    assert (found["status"], found["migrations"]) == ("not ready", "missing: 9999_next; run `plughub migrate`")


async def test_a_hub_without_a_database_is_alive_but_not_ready_and_tells_no_address(http: aiohttp.ClientSession):
    hub = Hub("postgresql://someone:5ecret@127.0.0.1:9/none", keys=Keys(b"x"))
    async with serving(health.application(hub, {})) as url:
        assert (await got(http, f"{url}/health"))[0] == 200
        status, found = await got(http, f"{url}/ready")
    await hub.close()

    assert (status, found["status"]) == (503, "not ready")
    assert "5ecret" not in str(found)
    assert "127.0.0.1" not in str(found)
