"""GET /metrics: the hub in numbers, for whoever runs it and nobody else; no tenant in it."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
from prometheus_client.parser import text_string_to_metric_families

import plughub
from plughub import app
from plughub.config import Settings
from plughub.core import events, ids, webhooks
from plughub.core.events import Action
from plughub.core.figures import figures
from plughub.core.hub import Hub
from plughub.core.secrets import Keys
from plughub.core.webhooks import Sent, Subscription
from plughub.delivery import relay, work
from plughub.delivery.counts import Counts
from plughub.delivery.engine import Offer
from plughub.outbound import Outbound
from plughub.web.tally import BOUNDS, Tally
from tests import make
from tests.house.sources import ROOT
from tests.sockets import serving

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Scraped:
    #: (name, labels) -> value
    samples: dict[tuple[str, frozenset[tuple[str, str]]], float]
    text: str

    def __call__(self, name: str, **labels: str) -> float:
        return self.samples[f"plughub_{name}", frozenset(labels.items())]

    def total(self, name: str) -> float:
        return sum(value for (found, _), value in self.samples.items() if found == f"plughub_{name}")


async def scraped(http: aiohttp.ClientSession, url: str, **headers: str) -> Scraped:
    async with http.get(f"{url}/metrics", headers=headers) as answer:
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        text = await answer.text()
    return Scraped(
        {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        },
        text,
    )


@pytest.fixture
def scrape(http, address) -> Callable[[], Any]:
    return lambda: scraped(http, address)


@asynccontextmanager
async def hub_with(hub: Hub, outbound: Outbound, **settings: Any) -> AsyncIterator[str]:
    async with serving(app.application(hub, outbound, Settings(data=Path("unused"), **settings))) as url:
        yield url


async def subscribed(shop: make.Shop) -> Subscription:
    connection, _ = await make.connection(shop)
    async with shop.hub.change(shop.tenant.id) as tx:
        return await webhooks.subscribe(tx, shop.caller, connection.id, url="https://x.example/", style="pluggto")


async def happened(shop: make.Shop) -> None:
    async with shop.hub.change(shop.tenant.id) as tx:
        await events.record(
            tx, shop.caller, "product", ids.new(), version=1, action=Action.CREATED, changes=[], aspects=["stock"]
        )


async def test_deliveries_and_endpoints_are_counted_over_all_tenants(scrape, hub: Hub):
    before = await scrape()
    for _ in range(2):
        shop = await make.shop(hub)
        due, failing, paused = [await subscribed(shop) for _ in range(3)]
        for _ in range(2):
            await happened(shop)
        await relay.place(hub, shop.tenant.id, app.STYLES)
        await settled(shop, failing, 500)
        async with hub.change(shop.tenant.id) as tx:
            await webhooks.pause(tx, shop.tenant.id, paused, "moving house", now=hub.now())
            await tx.run(
                "UPDATE deliveries SET state = 'dead' WHERE tenant_id = $1 AND subscription_id = $2",
                shop.tenant.id, due.id,
            )  # fmt: skip
            await tx.run(
                "UPDATE due_endpoints SET due_at = $3 WHERE tenant_id = $1 AND subscription_id = $2",
                shop.tenant.id, due.id, hub.now() - timedelta(days=3),
            )  # fmt: skip

    after = await scrape()

    grown = {
        name: after(name) - before(name)
        for name in (
            "deliveries_waiting", "deliveries_dead", "endpoints", "endpoints_due", "endpoints_failing",
            "endpoints_paused",
        )
    }  # fmt: skip
    assert grown == {
        "deliveries_waiting": 8,
        "deliveries_dead": 4,
        "endpoints": 6,
        "endpoints_due": 2,
        "endpoints_failing": 2,
        "endpoints_paused": 2,
    }
    assert 3 * 86_400 <= after("queue_age_seconds") < 3 * 86_400 + 60


async def settled(shop: make.Shop, endpoint: Subscription, status: int) -> None:
    results = [
        (one, Sent(began_at=shop.hub.now(), seconds=0.1, status=status)) for one in await make.claim(shop, endpoint)
    ]
    async with shop.hub.change(shop.tenant.id) as tx:
        style = app.STYLES[endpoint.style]
        await webhooks.settle(tx, shop.tenant.id, endpoint, style, results, now=shop.hub.now())


async def test_events_without_a_place_are_counted_and_their_age_told(scrape, shop: make.Shop, hub: Hub):
    before = await scrape()
    await happened(shop)
    async with hub.change(shop.tenant.id) as tx:
        await tx.run("DELETE FROM event_outbox WHERE tenant_id = $1", shop.tenant.id)
        await tx.run(
            "INSERT INTO event_outbox VALUES ($1, $2, $3)", shop.tenant.id, ids.new(), hub.now() - timedelta(days=4)
        )

    after = await scrape()

    assert after("events_waiting") - before("events_waiting") == 1
    assert 4 * 86_400 <= after("events_age_seconds") < 4 * 86_400 + 60
    async with hub.change(shop.tenant.id) as tx:
        await tx.run("DELETE FROM event_outbox WHERE tenant_id = $1", shop.tenant.id)


async def test_jobs_in_the_queue_are_counted(scrape, hub: Hub, database_url: str):
    engine = app.open_engine(Settings(data=Path("unused"), database_url=database_url))
    before = await scrape()
    await engine.offer([Offer("nobody does this", key, b"") for key in ("a", "b")])

    after = await scrape()

    await engine.close()
    async with hub.step(None) as tx:
        await tx.run("DELETE FROM jobs.pgqueuer WHERE entrypoint = 'nobody does this'")

    assert after("jobs_queued") - before("jobs_queued") == 2
    assert after("jobs_running") == before("jobs_running")
    assert after("jobs_age_seconds") < 60


async def test_what_workers_did_is_told_for_each_by_style_and_outcome(scrape, hub: Hub):
    counts = Counts()
    for status, seconds in ((200, 0.5), (200, 0.25), (500, 0.25), (None, 2.0)):
        counts.tried(app.STYLES["pluggto"], Sent(began_at=hub.now(), seconds=seconds, status=status))
    await work.beat(hub, counts)

    found = await scrape()

    for outcome, count in (("delivered", 2), ("refused", 1), ("unreachable", 1)):
        assert found("delivery_attempts_total", worker=hub.process, style="pluggto", outcome=outcome) == count
    assert found("delivery_seconds_total", worker=hub.process, style="pluggto") == 3.0
    assert found("workers") >= 1
    async with hub.step(None) as tx:
        await tx.run("UPDATE heartbeats SET seen_at = $1", hub.now() - timedelta(seconds=16))
    assert (await scrape())("workers") == 0
    async with hub.step(None) as tx:
        await tx.run("DELETE FROM heartbeats")


async def test_requests_are_counted_by_dialect_and_class_of_status_with_their_durations(
    http: aiohttp.ClientSession, hub: Hub, outbound: Outbound
):
    async with hub_with(hub, outbound) as url:
        for path in ("/pluggto/time", "/pluggto/time", "/pluggto/products", "/pluggto/nowhere", "/health"):
            async with http.get(url + path):
                pass

        found = await scraped(http, url)

    def counted(part: str, status: str, **labels: str) -> float:
        name = f"request_duration_seconds_{part}"
        return found(name, process=hub.process, dialect="pluggto", status=status, **labels)

    assert (counted("count", "2xx"), counted("count", "4xx")) == (2, 2)
    assert counted("bucket", "2xx", le="+Inf") == 2
    assert counted("bucket", "2xx", le="10.0") == 2
    assert 0 < counted("sum", "4xx") < 10
    assert found.total("request_duration_seconds_count") == 4


def test_a_duration_counts_for_its_bound_and_all_above():
    tally = Tally()
    for seconds in (0.0, BOUNDS[0], BOUNDS[0] + 1e-9, 99.0):
        tally.add(204, seconds)

    assert tally.durations[2] == [2, 1, *[0] * (len(BOUNDS) - 2), 1]
    assert tally.seconds[2] == 99.0 + 2 * BOUNDS[0] + 1e-9
    assert sum(map(sum, tally.durations)) == 4


async def test_the_pool_and_the_build_are_told(scrape, hub: Hub):
    async with hub.read(None):
        found = await scrape()

    assert found("pool_connections_in_use", process=hub.process) >= 1
    assert found("pool_connections_max", process=hub.process) == hub.pool.size
    assert found("build_info", version=plughub.__version__) == 1
    assert found("database_up") == 1


async def test_nothing_in_it_tells_of_a_tenant(scrape, hub: Hub):
    shop = await make.shop(hub, name="Segredo Ltda")
    await subscribed(shop)
    await happened(shop)
    await relay.place(hub, shop.tenant.id, app.STYLES)

    text = (await scrape()).text

    # As a label's value: a counter may well have its digits.
    number = f'"{shop.tenant.number}"'
    for word in (shop.tenant.code, "Segredo", str(shop.tenant.id), shop.tenant.id.hex, number):
        assert word not in text.replace(str(plughub.__version__), "")


async def test_without_a_database_a_process_still_tells_of_itself(http: aiohttp.ClientSession, outbound: Outbound):
    hub = Hub("postgresql://someone@127.0.0.1:9/none", keys=Keys(b"x"))
    async with hub_with(hub, outbound) as url:
        found = await scraped(http, url)
    await hub.close()

    assert found("database_up") == 0
    assert found("pool_connections_in_use", process=hub.process) == 0
    assert "deliveries" not in found.text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "x-forwarded-FOR"])
async def test_what_a_proxy_passes_on_is_answered_like_a_path_that_is_not_there(
    http: aiohttp.ClientSession, address: str, header: str
):
    async def got(path: str, **headers: str) -> tuple[int, str]:
        async with http.get(address + path, headers=headers) as answer:
            return answer.status, await answer.text()

    assert await got("/metrics", **{header: "127.0.0.1"}) == await got("/no-such-path")
    assert (await got("/metrics"))[0] == 200


async def test_a_caller_from_elsewhere_sees_nothing(hub: Hub, outbound: Outbound):
    """What the server says of the peer decides; a path in between would be needed to come from elsewhere here."""
    front = app.application(hub, outbound, Settings(data=Path("unused")))

    async def status_for(client: tuple[str, int] | None) -> int:
        sent: list[dict[str, Any]] = []
        scope = {
            "type": "http", "method": "GET", "path": "/metrics", "raw_path": b"/metrics", "query_string": b"",
            "headers": [(b"host", b"hub.example")], "client": client, "scheme": "http", "server": ("hub", 80),
        }  # fmt: skip
        await front(scope, asyncio.Event().wait, lambda message: _kept(sent, message))
        return sent[0]["status"]

    statuses = [
        await status_for(one) for one in (("192.0.2.1", 1), ("10.0.0.8", 1), None, ("::1", 1), ("127.0.0.9", 1))
    ]
    assert statuses == [404, 404, 404, 200, 200]


async def _kept(sent: list[dict[str, Any]], message: dict[str, Any]) -> None:
    sent.append(message)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (None, 401),
        ("Bearer wrong", 401),
        ("Bearer", 401),
        ("Basic m3trics", 401),
        ("Bearer m3trics", 200),
        ("bearer m3trics", 200),
    ],
)
async def test_with_a_token_only_the_token_counts(
    http: aiohttp.ClientSession, hub: Hub, outbound: Outbound, given: str | None, status: int
):
    headers = {"Authorization": given} if given else {}
    async with (
        hub_with(hub, outbound, metrics_token="m3trics") as url,
        http.get(f"{url}/metrics", headers=headers | {"X-Forwarded-For": "192.0.2.1"}) as answer,
    ):
        assert answer.status == status
        assert ("m3trics" in await answer.text()) is False


async def test_a_session_that_counted_sees_its_own_tenant_and_no_other(shop: make.Shop, hub: Hub):
    other = await make.shop(hub)
    for one in (shop, other):
        await subscribed(one)

    async with hub.read(shop.tenant.id) as tx:
        await figures(tx, hub.now())
        seen = await tx.all("SELECT DISTINCT tenant_id FROM connections")  # row security alone
    assert [row["tenant_id"] for row in seen] == [shop.tenant.id]
    with pytest.raises(asyncpg.InvalidTextRepresentationError):
        await counted_and_went_on(shop)
    async with hub.read(shop.tenant.id) as tx:
        seen = await tx.all("SELECT DISTINCT tenant_id FROM connections")
    assert [row["tenant_id"] for row in seen] == [shop.tenant.id]


async def counted_and_went_on(shop: make.Shop) -> None:
    """In one transaction: there the setting is not put back yet."""
    async with shop.hub.change(shop.tenant.id) as tx:
        await figures(tx, shop.hub.now())
        await tx.all("SELECT tenant_id FROM connections")


async def test_only_the_hubs_role_may_count(hub: Hub, database_url: str):
    owner = await asyncpg.connect(database_url)
    try:
        may = "SELECT has_function_privilege($1, 'figures(timestamptz)', 'EXECUTE')"
        assert await owner.fetchval(may, "plughub_app")
        assert not await owner.fetchval(may, "public")
    finally:
        await owner.close()


async def test_the_documents_name_what_is_served_and_nothing_else(scrape, hub: Hub):
    counts = Counts()
    counts.tried(app.STYLES["pluggto"], Sent(began_at=hub.now(), seconds=0.5, status=200))
    await work.beat(hub, counts)
    documented = set(re.findall(r"^\| `(plughub_\w+)` \|", (ROOT / "docs/webhooks.md").read_text(), re.MULTILINE))

    found = text_string_to_metric_families((await scrape()).text)

    # The parser leaves out what every counter's name ends with.
    served = {family.name + ("_total" if family.type == "counter" else "") for family in found}
    assert served == documented
    async with hub.step(None) as tx:
        await tx.run("DELETE FROM heartbeats")
