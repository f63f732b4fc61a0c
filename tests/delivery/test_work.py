"""The worker: tells that it lives, sweeps, and goes on when a step fails."""

import asyncio
import logging
from datetime import timedelta

import pytest

from plughub import app
from plughub.core import events, ids, webhooks
from plughub.core.errors import Unavailable
from plughub.core.events import Action
from plughub.core.hub import Hub
from plughub.core.ids import hex24
from plughub.core.secrets import Keys
from plughub.delivery import relay, work
from plughub.delivery.counts import Counts
from plughub.delivery.engine import Engine
from plughub.delivery.work import Worker
from plughub.outbound import Outbound
from tests import make
from tests.delivery.receiver import Receiver


async def happened(shop: make.Shop) -> None:
    async with shop.hub.change(shop.tenant.id) as tx:
        await events.record(
            tx, shop.caller, "product", ids.new(), version=1, action=Action.CREATED, changes=[], aspects=["stock"]
        )


async def placed(shop: make.Shop) -> int:
    async with shop.hub.read(shop.tenant.id) as tx:
        return len(await events.feed(tx, shop.tenant.id))


async def test_a_beat_is_one_row_per_process_and_old_ones_go(hub: Hub):
    async with hub.step(None) as tx:
        await tx.run("INSERT INTO heartbeats VALUES ('long gone', $1)", hub.now() - timedelta(days=2))

    for _ in range(2):
        await work.beat(hub, Counts())

    async with hub.read(None) as tx:
        rows = await tx.all("SELECT process, seen_at FROM heartbeats WHERE process IN ($1, 'long gone')", hub.process)
    assert [row["process"] for row in rows] == [hub.process]
    assert hub.now() - rows[0]["seen_at"] < timedelta(seconds=10)


@pytest.fixture
async def idle(hub: Hub) -> None:
    """Nothing waits that other tests left behind."""
    while await relay.turn(hub, {}):
        pass


@pytest.mark.usefixtures("idle")
async def test_a_turn_places_what_waits_for_every_tenant(shop: make.Shop, hub: Hub):
    other = await make.shop(hub)
    for one in (shop, other, shop):
        await happened(one)

    assert await relay.turn(hub, {}) == 3
    assert [await placed(one) for one in (shop, other)] == [2, 1]


@pytest.mark.usefixtures("idle")
async def test_a_tenant_whose_turn_fails_holds_up_nobody_and_is_told_of(shop: make.Shop, hub: Hub):
    """The first in the queue has an event that is in the feed already, which no relay can place again."""
    other = await make.shop(hub)
    await happened(shop)
    async with hub.change(shop.tenant.id) as tx:
        fresh = await tx.value("SELECT event_id FROM event_outbox WHERE tenant_id = $1", shop.tenant.id)
        await tx.run("INSERT INTO feed_entries VALUES ($1, 1, $2)", shop.tenant.id, fresh)
    await happened(other)

    with pytest.raises(Exception, match="feed_entries"):
        await relay.turn(hub, {})

    assert await placed(other) == 1
    async with hub.change(shop.tenant.id) as tx:
        await tx.run("DELETE FROM event_outbox WHERE tenant_id = $1", shop.tenant.id)


async def test_a_worker_delivers_and_beats_until_it_is_told_to_stop(
    shop: make.Shop, hub: Hub, engine: Engine, outbound: Outbound, receiver: Receiver
):
    connection, _ = await make.connection(shop)
    async with hub.change(shop.tenant.id) as tx:
        await webhooks.subscribe(tx, shop.caller, connection.id, url=receiver.url, style="pluggto")
    product = await make.product(shop)
    worker = Worker(hub, engine, outbound, app.STYLES)

    task = asyncio.create_task(work.work(worker))
    async with asyncio.timeout(20):
        while not receiver.received or not await counted(hub):  # noqa: ASYNC110 - it comes over a socket
            await asyncio.sleep(0.01)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert [call.json["id"] for call in receiver.received] == [hex24(product.id)]


async def counted(hub: Hub) -> bool:
    """Whether the heartbeat tells of a delivery."""
    async with hub.read(None) as tx:
        counts = await tx.value("SELECT counts FROM heartbeats WHERE process = $1", hub.process)
    return b"pluggto delivered" in (counts or b"")


async def test_a_step_that_fails_is_tried_again_ever_more_slowly(monkeypatch: pytest.MonkeyPatch, caplog):
    pauses = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 8:
            raise asyncio.CancelledError

    outcomes = [
        None,
        Unavailable(),
        RuntimeError("a bug"),
        Unavailable(),
        Unavailable(),
        Unavailable(),
        Unavailable(),
        None,
    ]

    async def step() -> None:
        outcome = outcomes.pop(0)
        if outcome:
            raise outcome

    monkeypatch.setattr(asyncio, "sleep", pause)
    with caplog.at_level(logging.WARNING), pytest.raises(asyncio.CancelledError):
        await work._repeat(0.5, step)

    assert pauses == [0.5, 1, 2, 4, 8, 10, 10, 0.5]
    assert [record.levelname for record in caplog.records] == [
        "WARNING",
        "ERROR",
        "WARNING",
        "WARNING",
        "WARNING",
        "WARNING",
    ]


async def test_a_worker_without_a_database_keeps_trying():
    hub = Hub("postgresql://nobody@127.0.0.1:9/none", keys=Keys(b"x"))
    with pytest.raises(Unavailable):
        await relay.turn(hub, {})
    with pytest.raises(Unavailable):
        await work.beat(hub, Counts())
    await hub.close()
