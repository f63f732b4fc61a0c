"""Who is told of what: planned once, and never back to where it came from."""

from dataclasses import replace
from datetime import timedelta

import pytest

from plughub.core import events, ids, webhooks
from plughub.core.errors import Invalid
from plughub.core.events import Action
from plughub.core.hub import Hub
from plughub.core.patch import Change
from plughub.core.webhooks import Delivery, Subscription
from plughub.delivery import relay
from tests import make

URL = "https://shop.example/hook"


async def subscribed(shop: make.Shop, *kinds: str) -> Subscription:
    """A connection of its own that wants to be told."""
    connection, _ = await make.connection(shop)
    async with shop.hub.change(shop.tenant.id) as tx:
        return await webhooks.subscribe(tx, shop.caller, connection.id, url=URL, kinds=kinds)


async def happened(shop: make.Shop, kind: str = "product", *, by=None, silent: bool = False):
    record = ids.new()
    async with shop.hub.change(shop.tenant.id) as tx:
        await events.record(
            tx, replace(shop.caller, connection=by), kind, record, version=1, action=Action.UPDATED,
            changes=[Change("price", 1, 2)], aspects=["price"], silent=silent,
        )  # fmt: skip
    return record


async def due(shop: make.Shop) -> list[Delivery]:
    async with shop.hub.read(shop.tenant.id) as tx:
        return await webhooks.due(tx, shop.tenant.id, at=shop.hub.now() + timedelta(seconds=1))


async def test_each_event_is_planned_once_for_each_interested_subscription(shop: make.Shop):
    everything, only_orders = await subscribed(shop), await subscribed(shop, "order")
    product, order = await happened(shop), await happened(shop, "order")

    await relay.place(shop.hub, shop.tenant.id)

    planned = {(d.subscription, d.record_id, d.kind, d.action, d.aspects) for d in await due(shop)}
    assert planned == {
        (everything.id, product, "product", "updated", ("price",)),
        (everything.id, order, "order", "updated", ("price",)),
        (only_orders.id, order, "order", "updated", ("price",)),
    }


async def test_nothing_goes_back_to_the_connection_that_caused_it(shop: make.Shop):
    mine, theirs = await subscribed(shop), await subscribed(shop)
    await happened(shop, by=mine.connection)

    await relay.place(shop.hub, shop.tenant.id)

    assert [d.subscription for d in await due(shop)] == [theirs.id]


async def test_what_is_silent_or_was_paused_is_not_planned(shop: make.Shop):
    paused = await subscribed(shop)
    async with shop.hub.change(shop.tenant.id) as tx:
        await tx.run(
            "UPDATE subscriptions SET is_active = false WHERE tenant_id = $1 AND id = $2", shop.tenant.id, paused.id
        )
    await happened(shop)
    await relay.place(shop.hub, shop.tenant.id)
    await subscribed(shop)
    await happened(shop, silent=True)
    await relay.place(shop.hub, shop.tenant.id)

    assert await due(shop) == []
    async with shop.hub.read(shop.tenant.id) as tx:
        # History has all of it, the connections that were made among it.
        assert len(await events.feed(tx, shop.tenant.id)) == 4


async def test_planning_twice_plans_once(shop: make.Shop):
    wanted = [await subscribed(shop)]
    await happened(shop)
    async with shop.hub.change(shop.tenant.id) as tx:
        fresh = await events.number_feed(tx, shop.tenant.id)
        first = await webhooks.plan(tx, shop.tenant.id, fresh, wanted)
    async with shop.hub.change(shop.tenant.id) as tx:
        again = await webhooks.plan(tx, shop.tenant.id, fresh, wanted)

    assert (len(first), again) == (1, [])
    assert [d.id for d in await due(shop)] == first


async def test_places_and_deliveries_come_together_or_not_at_all(shop: make.Shop):
    wanted = [await subscribed(shop)]
    await happened(shop)
    with pytest.raises(RuntimeError):  # noqa: PT012
        async with shop.hub.change(shop.tenant.id) as tx:
            await webhooks.plan(tx, shop.tenant.id, await events.number_feed(tx, shop.tenant.id), wanted)
            raise RuntimeError

    assert await due(shop) == []
    await relay.place(shop.hub, shop.tenant.id)
    assert len(await due(shop)) == 1


async def test_another_tenants_subscription_hears_nothing(shop: make.Shop, hub: Hub):
    other = await make.shop(hub)
    theirs = await subscribed(other)
    await happened(shop)

    async with hub.change(shop.tenant.id) as tx:
        fresh = await events.number_feed(tx, shop.tenant.id)
        assert await webhooks.plan(tx, shop.tenant.id, fresh, [theirs]) == []
    assert await due(other) == []


@pytest.mark.parametrize("url", ["", "ftp://x", "javascript:alert(1)", "//x"])
async def test_an_address_that_is_not_http_is_refused(shop: make.Shop, url: str):
    connection, _ = await make.connection(shop)
    async with shop.hub.change(shop.tenant.id) as tx:
        with pytest.raises(Invalid):
            await webhooks.subscribe(tx, shop.caller, connection.id, url=url)
        assert await webhooks.subscriptions(tx, shop.tenant.id) == []
