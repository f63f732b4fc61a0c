"""Who is told of what: planned once, never back to where it came from, and no more often than needed."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

import pytest

from plughub.core import events, ids, webhooks
from plughub.core.errors import Invalid
from plughub.core.events import Action
from plughub.core.hub import Hub
from plughub.core.patch import Change
from plughub.core.webhooks import Delivery, State, Subscription, Wanted
from plughub.delivery import native, relay
from tests import make

URL = "https://shop.example/hook"
STYLES = {"native": native.STYLE}


async def subscribed(shop: make.Shop, *kinds: str) -> Subscription:
    """A connection of its own that wants to be told."""
    connection, _ = await make.connection(shop)
    async with shop.hub.change(shop.tenant.id) as tx:
        return await webhooks.subscribe(tx, shop.caller, connection.id, url=URL, style="native", kinds=kinds)


async def happened(
    shop: make.Shop,
    kind: str = "product",
    *,
    record: UUID | None = None,
    action: Action = Action.UPDATED,
    aspects: Iterable[str] = ("price",),
    by=None,
    silent: bool = False,
) -> UUID:
    record = record or ids.new()
    async with shop.hub.change(shop.tenant.id) as tx:
        await events.record(
            tx, replace(shop.caller, connection=by), kind, record, version=1, action=action,
            changes=[Change("price", 1, 2)], aspects=aspects, silent=silent,
        )  # fmt: skip
    return record


async def placed(shop: make.Shop) -> None:
    await relay.place(shop.hub, shop.tenant.id, STYLES)


async def planned(shop: make.Shop) -> list[Delivery]:
    async with shop.hub.read(shop.tenant.id) as tx:
        return await webhooks.deliveries(tx, shop.tenant.id, Wanted(states=[State.DUE]))


async def told(shop: make.Shop) -> set[tuple[UUID, UUID, str, str, frozenset[str]]]:
    """What is planned, but for the news that the tests made connections."""
    return {
        (d.subscription, d.record_id, d.kind, d.action, d.aspects)
        for d in await planned(shop)
        if d.kind != "connection"
    }


async def test_each_event_is_planned_once_for_each_interested_subscription(shop: make.Shop):
    everything, only_orders = await subscribed(shop), await subscribed(shop, "order")
    product, order = await happened(shop), await happened(shop, "order")

    await placed(shop)

    price = frozenset({"price"})
    assert await told(shop) == {
        (everything.id, product, "product", "updated", price),
        (everything.id, order, "order", "updated", price),
        (only_orders.id, order, "order", "updated", price),
    }


async def test_nothing_goes_back_to_the_connection_that_caused_it(shop: make.Shop):
    mine, theirs = await subscribed(shop), await subscribed(shop)
    await happened(shop, by=mine.connection)

    await placed(shop)

    assert {one[0] for one in await told(shop)} == {theirs.id}


async def test_what_is_silent_or_has_ended_is_not_planned(shop: make.Shop):
    ended = await subscribed(shop)
    async with shop.hub.change(shop.tenant.id) as tx:
        await webhooks.end(tx, shop.tenant.id, ended.connection, now=shop.hub.now())
    await happened(shop)
    await placed(shop)
    await subscribed(shop)
    await happened(shop, silent=True)
    await placed(shop)

    assert await told(shop) == set()
    async with shop.hub.read(shop.tenant.id) as tx:
        # History has all of it, the connections that were made among it.
        assert len(await events.feed(tx, shop.tenant.id)) == 4


async def test_what_is_paused_is_planned_and_waits(shop: make.Shop):
    paused = await subscribed(shop)
    async with shop.hub.change(shop.tenant.id) as tx:
        await webhooks.pause(tx, shop.tenant.id, paused, "holidays", now=shop.hub.now())
    record = await happened(shop)

    await placed(shop)

    assert {one[1] for one in await told(shop)} == {record}
    assert await due_at(shop, paused) is None
    async with shop.hub.change(shop.tenant.id) as tx:
        await webhooks.resume(tx, shop.tenant.id, paused)
    assert await due_at(shop, paused) is not None


async def due_at(shop: make.Shop, endpoint: Subscription):
    async with shop.hub.read(shop.tenant.id) as tx:
        return await tx.value(
            "SELECT due_at FROM due_endpoints WHERE tenant_id = $1 AND subscription_id = $2",
            shop.tenant.id,
            endpoint.id,
        )


async def test_a_second_relay_plans_nothing_twice(shop: make.Shop):
    await subscribed(shop)
    await happened(shop)
    await placed(shop)
    await placed(shop)

    assert len(await told(shop)) == 1


async def test_updates_of_a_record_that_wait_unsent_are_one_delivery(shop: make.Shop):
    """In one round of the relay or in several, and the newest event is the one it stands for."""
    await subscribed(shop, "product")
    record = await happened(shop, aspects=["price"])
    await happened(shop, record=record, aspects=["stock"])
    await placed(shop)
    (first,) = await planned(shop)
    await happened(shop, record=record, aspects=["status", "price"])
    await happened(shop)
    await placed(shop)

    (merged,) = [d for d in await planned(shop) if d.record_id == record]
    assert (merged.id, merged.position) == (first.id, first.position)
    assert merged.aspects == {"price", "stock", "status"}
    assert merged.event > first.event
    assert len(await planned(shop)) == 2


async def test_only_updates_are_merged(shop: make.Shop):
    await subscribed(shop, "product")
    record = await happened(shop, action=Action.CREATED)
    await happened(shop, record=record)
    await placed(shop)
    await happened(shop, record=record, action=Action.DELETED)
    await placed(shop)

    in_order = sorted(await planned(shop), key=lambda d: d.position)
    assert [d.action for d in in_order] == ["created", "updated", "deleted"]


async def test_what_is_being_sent_takes_nothing_in(shop: make.Shop):
    endpoint = await subscribed(shop, "product")
    record = await happened(shop)
    await placed(shop)
    (on_its_way,) = await make.claim(shop, endpoint)
    await happened(shop, record=record, aspects=["stock"])
    await placed(shop)

    waiting = [d for d in await planned(shop) if d.id != on_its_way.id]
    assert [d.aspects for d in waiting] == [{"stock"}]


async def test_places_and_deliveries_come_together_or_not_at_all(shop: make.Shop, monkeypatch: pytest.MonkeyPatch):
    await subscribed(shop)
    await happened(shop)

    async def broken(*_: object, **__: object) -> int:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(webhooks, "plan", broken)
        with pytest.raises(RuntimeError):
            await placed(shop)
    async with shop.hub.read(shop.tenant.id) as tx:
        assert await events.feed(tx, shop.tenant.id) == []

    await placed(shop)
    assert len(await told(shop)) == 1


async def test_another_tenants_subscription_hears_nothing(shop: make.Shop, hub: Hub):
    other = await make.shop(hub)
    theirs = await subscribed(other)
    await happened(shop)

    async with hub.change(shop.tenant.id) as tx:
        fresh = await events.number_feed(tx, shop.tenant.id)
        told = await events.placed(tx, shop.tenant.id, fresh)
        await webhooks.plan(tx, shop.tenant.id, told, [theirs], STYLES, now=hub.now())
    assert [await planned(one) for one in (shop, other)] == [[], []]


@pytest.mark.parametrize("url", ["", "ftp://x", "javascript:alert(1)", "//x"])
async def test_an_address_that_is_not_http_is_refused(shop: make.Shop, url: str):
    connection, _ = await make.connection(shop)
    async with shop.hub.change(shop.tenant.id) as tx:
        with pytest.raises(Invalid):
            await webhooks.subscribe(tx, shop.caller, connection.id, url=url, style="native")
        assert await webhooks.subscriptions(tx, shop.tenant.id) == []
