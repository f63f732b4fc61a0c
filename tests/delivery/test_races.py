"""What happens at the same moment: planning, sending, ending; and a worker or a database that goes in between."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from plughub import app
from plughub.core import ids, webhooks
from plughub.core.errors import Unavailable
from plughub.core.hub import Hub
from plughub.core.webhooks import Sent, State
from plughub.delivery import pump
from tests import make
from tests.delivery.receiver import Received, Receiver
from tests.delivery.stage import Stage
from tests.delivery.test_backlog import changed

STYLE = app.STYLES["pluggto"]


def answered(stage: Stage) -> Sent:
    return Sent(began_at=stage.clock.at, seconds=0, status=200)


async def test_an_endpoint_that_comes_to_rest_while_something_is_planned_for_it_stays_due(stage: Stage):
    endpoint, tenant = await stage.endpoint("http://x/"), stage.shop.tenant.id

    async def rest() -> None:
        async with stage.hub.change(tenant) as tx:
            await webhooks.rest(tx, tenant, endpoint.id)

    async with stage.hub.change(tenant) as tx:
        await webhooks.plan(tx, tenant, [changed(ids.new())], [endpoint], app.STYLES, now=stage.clock.at)
        # Not committed yet: whoever looks now sees nothing.
        resting = asyncio.create_task(rest())
        await waits(stage.hub)
    await resting

    assert await stage.due_at(endpoint) == stage.clock.at


async def waits(hub: Hub) -> None:
    """Until somebody waits for an endpoint that is held here."""
    async with asyncio.timeout(2):
        while True:
            async with hub.read(None) as tx:
                if await tx.value(_WAITS):
                    return


_WAITS = """
SELECT EXISTS (SELECT FROM pg_locks w JOIN pg_locks r USING (pid) JOIN pg_database d ON d.oid = r.database
               WHERE NOT w.granted AND d.datname = current_database() AND r.relation = 'due_endpoints'::regclass)
"""


async def test_an_endpoint_may_end_while_results_for_it_are_kept(stage: Stage):
    tenant, now = stage.shop.tenant.id, stage.clock.at
    endpoints = [await stage.endpoint("http://x/") for _ in range(12)]
    for _ in range(8):
        await make.product(stage.shop)
    await stage.relay()
    claimed = {endpoint.id: await make.claim(stage.shop, endpoint, now=now) for endpoint in endpoints}

    async def settle(endpoint: webhooks.Subscription) -> None:
        async with stage.hub.change(tenant) as tx:
            results = [(delivery, answered(stage)) for delivery in claimed[endpoint.id]]
            await webhooks.settle(tx, tenant, endpoint, STYLE, results, now=now)

    async def end(endpoint: webhooks.Subscription) -> None:
        async with stage.hub.change(tenant) as tx:
            await webhooks.unsubscribe(tx, tenant, endpoint.id, now=now)

    # Each takes turns with its other: neither may wait for what the other has, in a circle.
    await asyncio.gather(*(step(endpoint) for endpoint in endpoints for step in (settle, end)))

    assert {d.state for d in await stage.deliveries(states=[State.DUE])} == set()


async def test_a_result_that_is_kept_twice_is_one_attempt(stage: Stage):
    endpoint, tenant = await stage.endpoint("http://x/"), stage.shop.tenant.id
    await make.product(stage.shop)
    await stage.relay()
    results = [(d, answered(stage)) for d in await make.claim(stage.shop, endpoint, now=stage.clock.at)]

    for _ in range(2):
        async with stage.hub.change(tenant) as tx:
            await webhooks.settle(tx, tenant, endpoint, STYLE, results, now=stage.clock.at)

    async with stage.hub.read(tenant) as tx:
        assert len(await webhooks.attempts(tx, tenant, results[0][0].id)) == 1


async def test_what_was_answered_while_the_database_was_away_is_not_sent_again(
    stage: Stage, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    endpoint = await stage.endpoint(receiver.url)
    await make.product(stage.shop)
    await stage.relay()
    monkeypatch.setattr(pump, "_PAUSE", 0)
    settle, tries = webhooks.settle, 0

    async def away_twice(*given, **rest):
        nonlocal tries
        tries += 1
        if tries <= 2:
            raise Unavailable
        return await settle(*given, **rest)

    monkeypatch.setattr(webhooks, "settle", away_twice)
    await stage.pump(endpoint)
    stage.clock.forward(days=1)
    await stage.pump(endpoint)

    assert len(receiver.received) == 1
    assert [d.state for d in await stage.deliveries()] == [State.DELIVERED]


async def test_what_a_dead_worker_held_is_sent_again_within_thirty_seconds(
    stage: Stage, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pump, "_FAREWELL", 0)
    endpoint, here = await stage.endpoint(receiver.url), asyncio.Event()

    async def never(_: Received) -> web.Response:
        here.set()
        await asyncio.Event().wait()
        raise AssertionError

    receiver.answer = never
    await make.product(stage.shop)
    await stage.relay()
    dies = asyncio.create_task(stage.pump(endpoint))
    await here.wait()
    dies.cancel()
    with suppress(asyncio.CancelledError):
        await dies

    receiver.answer = None
    stage.clock.forward(seconds=10)
    assert await stage.pump(endpoint) == 0
    stage.clock.forward(seconds=20)
    assert await stage.due_at(endpoint) <= stage.clock.at
    assert await stage.pump(endpoint) == 1
    assert [d.state for d in await stage.deliveries()] == [State.DELIVERED]


async def test_a_worker_that_is_told_to_stop_keeps_what_is_answered_soon(
    stage: Stage, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pump, "_FAREWELL", 1)
    endpoint, here, go = await stage.endpoint(receiver.url), asyncio.Event(), asyncio.Event()
    quick, slow = await make.product(stage.shop), await make.product(stage.shop)

    async def waits_for_us(call: Received) -> web.Response:
        here.set()
        await (go if call.json["id"] == ids.hex24(quick.id) else asyncio.Event()).wait()
        return web.Response()

    receiver.answer = waits_for_us
    await stage.relay()
    pumping = asyncio.create_task(stage.pump(endpoint))
    await here.wait()
    pumping.cancel()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await pumping

    states = {d.record_id: (d.state, d.claim is None) for d in await stage.deliveries()}
    assert states == {quick.id: (State.DELIVERED, True), slow.id: (State.DUE, False)}


async def test_in_the_row_of_the_due_every_tenant_has_one_before_any_has_two_and_the_failing_are_no_wall(hub: Hub):
    """Long ago, when nobody else was due."""
    then = datetime(1999, 1, 1, tzinfo=UTC)
    big, small, *failing = [ids.new() for _ in range(12)]
    rows = [(big, then, False)] * 9 + [(small, then + timedelta(hours=2), False)]
    rows += [(tenant, then - timedelta(hours=1), True) for tenant in failing]
    async with hub.change(None) as tx:
        for tenant, due_at, is_failing in rows:
            await tx.run(
                "INSERT INTO due_endpoints VALUES ($1, $2, $3, NULL, $4)", tenant, ids.new(), due_at, is_failing
            )

    async with hub.read(None) as tx:
        found = await webhooks.due_endpoints(tx, then + timedelta(days=1), limit=3)
    async with hub.change(None) as tx:
        await tx.run("DELETE FROM due_endpoints WHERE tenant_id = ANY ($1::uuid[])", [big, small, *failing])

    assert [one.tenant for one in found if not one.is_failing] == [big, small, big]
    assert len([one for one in found if one.is_failing]) == 3
