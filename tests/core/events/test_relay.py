"""The feed: committed events get places without gaps, whoever commits when and however relays end."""

import asyncio
import random
from contextlib import suppress
from decimal import Decimal

import pytest

from plughub.core import events, ids, orders, products, stock
from plughub.core.caller import Caller
from plughub.core.events import Action
from plughub.core.hub import Hub, Transaction
from plughub.core.patch import Change
from plughub.core.stock import Verb
from plughub.delivery import relay
from tests import make


async def tell(tx: Transaction, caller: Caller, record=None, version: int = 1, **rest) -> None:
    await events.record(
        tx, caller, "product", record or ids.new(), version=version, action=Action.UPDATED,
        changes=[Change("brand", "a", "b")], aspects=["content"], **rest,
    )  # fmt: skip


async def feed(shop: make.Shop) -> list[events.Event]:
    async with shop.hub.read(shop.tenant.id) as tx:
        return await events.feed(tx, shop.tenant.id, limit=10_000)


async def written(shop: make.Shop) -> set:
    async with shop.hub.read(shop.tenant.id) as tx:
        return {row["id"] for row in await tx.all("SELECT id FROM events WHERE tenant_id = $1", shop.tenant.id)}


async def relayed(shop: make.Shop) -> int:
    """All of it, in as many rounds as it takes."""
    placed = 0
    while fresh := await relay.place(shop.hub, shop.tenant.id, {}):
        placed += fresh
    return placed


async def test_twenty_writers_of_whom_some_roll_back_leave_no_gap_with_two_relays_at_work(shop: make.Shop):
    chance = random.Random(1)
    #: What each writer does, one transaction after the other: how many events, and whether it takes them back.
    plans = [[(chance.randint(1, 3), chance.random() < 0.3) for _ in range(10)] for _ in range(20)]
    done = asyncio.Event()

    async def write(plan: list[tuple[int, bool]]) -> None:
        for count, is_undone in plan:
            with suppress(RuntimeError):
                async with shop.hub.change(shop.tenant.id) as tx:
                    for _ in range(count):
                        await tell(tx, shop.caller)
                    if is_undone:
                        raise RuntimeError

    async def number() -> None:
        while not done.is_set():
            await relay.place(shop.hub, shop.tenant.id, {})

    relays = [asyncio.create_task(number()) for _ in range(2)]
    await asyncio.gather(*(write(plan) for plan in plans))
    done.set()
    await asyncio.gather(*relays)
    await relayed(shop)

    told = await feed(shop)
    assert [event.position for event in told] == list(range(1, len(told) + 1))
    assert {event.id for event in told} == await written(shop)
    assert len(told) == sum(count for plan in plans for count, is_undone in plan if not is_undone)


async def test_a_reader_that_keeps_its_place_meets_what_commits_late(shop: make.Shop):
    """An id is made before the commit: reading on from the last id would miss the slow one."""
    async with shop.hub.change(shop.tenant.id) as slow:
        await tell(slow, shop.caller)
        began = ids.milliseconds(ids.new())
        while ids.milliseconds(ids.new()) == began:
            pass
        async with shop.hub.change(shop.tenant.id) as fast:
            await tell(fast, shop.caller)
        await relayed(shop)
        first = await feed(shop)
    await relayed(shop)

    async with shop.hub.read(shop.tenant.id) as tx:
        after = await events.feed(tx, shop.tenant.id, after=first[-1].position)
    assert [event.position for event in (*first, *after)] == [1, 2]
    assert after[0].id < first[0].id


async def test_a_records_events_are_told_in_the_order_of_its_versions(shop: make.Shop):
    """Their ids are not: each is made before its change waits for the record's lock."""
    await make.product(shop, "HOT", quantity=0)

    async def increase() -> None:
        async with shop.hub.step(shop.tenant.id) as tx:
            await stock.change(tx, shop.caller, "HOT", Verb.INCREASE, Decimal(1))

    for _ in range(3):
        await asyncio.gather(*(increase() for _ in range(30)))
    await relayed(shop)

    told = await feed(shop)
    assert [event.version for event in told] == list(range(1, 92))
    assert [event.id for event in told] != sorted(event.id for event in told)


async def test_batches_follow_each_other_without_gap_or_disorder(shop: make.Shop):
    record = ids.new()
    async with shop.hub.change(shop.tenant.id) as tx:
        for version in range(1, 13):
            await tell(tx, shop.caller, record, version)
        numbered = []
        while fresh := await events.number_feed(tx, shop.tenant.id, limit=5):
            numbered.append(len(fresh))

    assert numbered == [5, 5, 2]
    assert [(event.position, event.version) for event in await feed(shop)] == [(n, n) for n in range(1, 13)]


async def test_a_relay_that_dies_on_the_way_loses_nothing_and_numbers_nothing_twice(shop: make.Shop):
    async with shop.hub.change(shop.tenant.id) as tx:
        for _ in range(3):
            await tell(tx, shop.caller)
    with pytest.raises(RuntimeError):  # noqa: PT012
        async with shop.hub.change(shop.tenant.id) as tx:
            assert len(await events.number_feed(tx, shop.tenant.id)) == 3
            raise RuntimeError

    assert await feed(shop) == []
    assert await relayed(shop) == 3
    assert [event.position for event in await feed(shop)] == [1, 2, 3]
    assert await relayed(shop) == 0


async def test_tenants_have_feeds_of_their_own_and_the_longest_waiting_comes_first(shop: make.Shop, hub: Hub):
    other = await make.shop(hub)
    for one in (other, shop, other):
        async with hub.change(one.tenant.id) as tx:
            await tell(tx, one.caller)

    async with hub.read(None) as tx:
        waiting = await events.tenants_waiting(tx, limit=1_000)
    ours = [tenant for tenant in waiting if tenant in (shop.tenant.id, other.tenant.id)]
    assert ours == [other.tenant.id, shop.tenant.id]

    assert [await relayed(one) for one in (other, shop)] == [2, 1]
    assert [[e.position for e in await feed(one)] for one in (other, shop)] == [[1, 2], [1]]


async def test_every_command_leaves_exactly_one_event(shop: make.Shop):
    """Of the record that it is about; placing an order for a new buyer tells of the buyer, too."""
    seen: list[tuple[str, Action]] = []

    async def told() -> list[tuple[str, Action]]:
        async with shop.hub.read(shop.tenant.id) as tx:
            rows = await tx.all("SELECT kind, action FROM events WHERE tenant_id = $1 ORDER BY id", shop.tenant.id)
        everything = [(row["kind"], Action(row["action"])) for row in rows]
        fresh = everything[len(seen) :]
        seen.extend(fresh)
        return sorted(fresh)

    await make.connection(shop)
    assert await told() == [("connection", Action.CREATED)]

    product = await make.product(shop, "P", quantity=5, variants={"V": 3})
    assert await told() == [("product", Action.CREATED)]

    async with shop.hub.change(shop.tenant.id) as tx:
        await products.change(tx, shop.caller, product.id, {"brand": "b"})
        await products.change(tx, shop.caller, product.id, {"brand": "b"})
    assert await told() == [("product", Action.UPDATED)]

    async with shop.hub.step(shop.tenant.id) as tx:
        await stock.change(tx, shop.caller, "V", Verb.DECREASE, Decimal(1))
    assert await told() == [("product", Action.UPDATED)]

    receiver = {"first_name": "Ana", "email": "ana@example.com"}
    line = {"sku": "V", "quantity": 1, "price": Decimal(1)}
    order = await make.order(shop, line, receiver=receiver, reserves_stock=True)
    assert await told() == [("customer", Action.CREATED), ("order", Action.CREATED), ("product", Action.UPDATED)]

    async with shop.hub.change(shop.tenant.id) as tx:
        await orders.change(tx, shop.caller, order.id, {"status": orders.OrderStatus.SHIPPED})
    assert await told() == [("order", Action.UPDATED), ("product", Action.UPDATED)]

    async with shop.hub.change(shop.tenant.id) as tx:
        await products.delete_variant(tx, shop.caller, product.id, "V")
        await products.delete(tx, shop.caller, product.id)
    assert await told() == [("product", Action.DELETED), ("product", Action.UPDATED)]

    assert await relayed(shop) == len(seen)
