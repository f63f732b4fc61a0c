"""Promises to orders: kept while an order is open, gone with the goods, and never more than there is."""

import asyncio
import random
from collections import Counter
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plughub.core import events, ids, products, stock
from plughub.core.errors import HubError, InsufficientStock, TryAgain
from plughub.core.stock import Verb
from tests import make
from tests.core.stock.ledger import levels, wanted

SKUS = ["A", "B", "C"]
ORDERS = range(3)

few = st.integers(1, 4)
needs = st.lists(st.tuples(st.sampled_from(SKUS), few), min_size=1, max_size=3)
steps = st.one_of(
    st.tuples(st.just("change"), st.sampled_from(SKUS), st.sampled_from(Verb), st.integers(0, 6)),
    st.tuples(st.just("hold"), st.sampled_from(ORDERS), needs, st.booleans()),
    st.tuples(st.sampled_from(["consume", "release"]), st.sampled_from(ORDERS)),
)


class Model:
    """The same shop in plain numbers."""

    def __init__(self) -> None:
        self.on_hand = Counter(dict.fromkeys(SKUS, 5))
        self.reserved = Counter(dict.fromkeys(SKUS, 0))
        self.held: dict[int, Counter[str]] = {}

    def change(self, sku: str, verb: Verb, quantity: int) -> bool:
        after = {"increase": self.on_hand[sku] + quantity, "decrease": self.on_hand[sku] - quantity, "set": quantity}[
            verb
        ]
        if after < 0 and after != self.on_hand[sku]:
            return False
        self.on_hand[sku] = after
        return True

    def hold(self, order: int, lines: list[tuple[str, int]], guarded: bool) -> bool:
        need: Counter[str] = Counter()
        for sku, quantity in lines:
            need[sku] += quantity
        if guarded and any(self.on_hand[sku] - self.reserved[sku] < count for sku, count in need.items()):
            return False
        self.reserved.update(need)
        self.held[order] = self.held.get(order, Counter()) + need
        return True

    def consume(self, order: int) -> bool:
        self.on_hand.subtract(self.held.get(order, {}))
        return self.release(order)

    def release(self, order: int) -> bool:
        self.reserved.subtract(self.held.pop(order, {}))
        return True


class Shelf:
    """The real one, by the same names."""

    def __init__(self, shop: make.Shop) -> None:
        self.shop = shop
        self.orders = [ids.new() for _ in ORDERS]

    async def change(self, sku: str, verb: Verb, quantity: int) -> None:
        async with self.shop.hub.step(self.shop.tenant.id) as tx:
            await stock.change(tx, self.shop.caller, sku, verb, Decimal(quantity))

    async def hold(self, order: int, lines: list[tuple[str, int]], guarded: bool) -> None:
        await hold(self.shop, self.orders[order], lines, guarded=guarded)

    async def consume(self, order: int) -> None:
        async with self.shop.hub.change(self.shop.tenant.id) as tx:
            await stock.consume(tx, self.shop.caller, self.orders[order])

    async def release(self, order: int) -> None:
        async with self.shop.hub.change(self.shop.tenant.id) as tx:
            await stock.release(tx, self.shop.caller, self.orders[order])


async def hold(shop: make.Shop, order: UUID, lines: list[tuple[str, int]], *, guarded: bool) -> None:
    async with shop.hub.change(shop.tenant.id) as tx:
        need = await wanted(tx, shop, [(ids.new(), sku, quantity) for sku, quantity in lines])
        await stock.hold(tx, shop.caller, order, need, guarded=guarded)


async def stocked(shop: make.Shop, **quantities: int) -> None:
    for sku, quantity in quantities.items():
        await make.product(shop, sku, quantity=quantity)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, max_size=14))
async def test_any_course_of_events_leaves_what_plain_numbers_say(hub, course: list):
    shop = await make.shop(hub)
    await stocked(shop, A=5, B=5, C=5)
    model, shelf = Model(), Shelf(shop)

    for name, *rest in course:
        expected = getattr(model, name)(*rest)
        try:
            await getattr(shelf, name)(*rest)
        except InsufficientStock:
            assert not expected
        else:
            assert expected

        rows = {sku: row for (sku, _), row in (await levels(shop)).items()}
        assert {sku: (row.on_hand, row.reserved) for sku, row in rows.items()} == {
            sku: (model.on_hand[sku], model.reserved[sku]) for sku in SKUS
        }
        assert all(row.moved == row.on_hand and row.held == row.reserved for row in rows.values())


async def test_a_hold_that_falls_short_of_one_line_changes_nothing_even_when_the_transaction_goes_on(shop: make.Shop):
    await stocked(shop, A=5, B=1)
    before = await levels(shop)
    order = ids.new()

    async with shop.hub.change(shop.tenant.id) as tx:
        need = await wanted(tx, shop, [(ids.new(), "A", 5), (ids.new(), "B", 2)])
        with pytest.raises(InsufficientStock) as refused:
            await stock.hold(tx, shop.caller, order, need, guarded=True)

    assert (refused.value.wanted, refused.value.available) == (2, 1)
    assert await levels(shop) == before
    async with shop.hub.read(shop.tenant.id) as tx:
        assert await tx.all("SELECT * FROM reservations WHERE tenant_id = $1", shop.tenant.id) == []
        for sku in "AB":
            record = await products.by_sku(tx, shop.caller, sku)
            assert (record.version, len(await events.history(tx, shop.tenant.id, "product", record.id))) == (1, 1)


async def test_two_lines_of_one_sku_count_together(shop: make.Shop):
    await stocked(shop, A=5)

    with pytest.raises(InsufficientStock):
        await hold(shop, ids.new(), [("A", 3), ("A", 3)], guarded=True)
    await hold(shop, ids.new(), [("A", 3), ("A", 2)], guarded=True)

    row = (await levels(shop))["A", stock.MAIN]
    assert (row.on_hand, row.reserved, row.held) == (5, 5, 5)


async def test_without_the_guard_more_may_be_promised_than_there_is(shop: make.Shop):
    await stocked(shop, A=1)

    await hold(shop, ids.new(), [("A", 3)], guarded=False)

    row = (await levels(shop))["A", stock.MAIN]
    assert (row.on_hand, row.reserved) == (1, 3)


async def test_a_hold_is_told_once_per_product(shop: make.Shop):
    await stocked(shop, A=5, B=5)

    await hold(shop, ids.new(), [("A", 1), ("A", 1), ("B", 1)], guarded=True)

    async with shop.hub.read(shop.tenant.id) as tx:
        for sku, count in (("A", 2), ("B", 1)):
            record = await products.by_sku(tx, shop.caller, sku)
            told = (await events.history(tx, shop.tenant.id, "product", record.id))[1:]
            assert [(e.version, e.changes[0]) for e in told] == [(2, ("default.levels[$main].reserved", 0, count))]
            assert record.version == 2


async def test_goods_leave_once_however_often_that_is_said(shop: make.Shop):
    await stocked(shop, A=5)
    order = ids.new()
    await hold(shop, order, [("A", 2)], guarded=True)

    for command in (stock.consume, stock.consume, stock.release):
        async with shop.hub.change(shop.tenant.id) as tx:
            await command(tx, shop.caller, order)

    row = (await levels(shop))["A", stock.MAIN]
    assert (row.on_hand, row.reserved, row.moved, row.held) == (3, 0, 3, 0)


async def _tried(shop: make.Shop, order: UUID, lines: list[tuple[str, int]]) -> bool | HubError:
    """Whether the order got its goods. What met another in a deadlock tries again, as the web does."""
    for _ in range(4):
        try:
            await hold(shop, order, lines, guarded=True)
        except TryAgain:
            continue
        except InsufficientStock:
            return False
        return True
    raise AssertionError("four deadlocks in a row")


async def test_orders_that_overlap_never_get_more_than_there_is(shop: make.Shop):
    """In any order of lines, by levels that exist and levels that are opened on the way."""
    stocks = {"A": 20, "B": 15, "C": 10, "D": 5}
    await stocked(shop, **stocks)
    chance = random.Random(11)
    courses = [
        [(sku, chance.randint(1, 2)) for sku in chance.sample(sorted(stocks), chance.randint(2, 4))] for _ in range(60)
    ]
    orders = [ids.new() for _ in courses]

    got = await asyncio.gather(*(_tried(shop, order, lines) for order, lines in zip(orders, courses, strict=True)))

    given_away: Counter[str] = Counter()
    for lines, done in zip(courses, got, strict=True):
        given_away.update(dict(lines) if done else {})
    rows = {sku: row for (sku, _), row in (await levels(shop)).items()}
    assert {sku: row.reserved for sku, row in rows.items()} == {sku: given_away[sku] for sku in stocks}
    assert all(row.held == row.reserved <= row.on_hand == stocks[sku] for sku, row in rows.items())
    assert True in got
    assert False in got


async def test_holding_shipping_and_counting_at_once_keeps_the_ledger_true(shop: make.Shop):
    await stocked(shop, A=30, B=30)
    chance = random.Random(5)

    async def order() -> int:
        order = ids.new()
        lines = [(sku, 1) for sku in chance.sample("AB", 2)]
        if not await _tried(shop, order, lines):
            return 0
        leaves = chance.random() < 0.5
        async with shop.hub.change(shop.tenant.id) as tx:
            await (stock.consume if leaves else stock.release)(tx, shop.caller, order)
        return 1 if leaves else 0

    async def count() -> int:
        async with shop.hub.step(shop.tenant.id) as tx:
            await stock.change(tx, shop.caller, chance.choice("AB"), Verb.INCREASE, Decimal("0.5"))
        return 0

    left = sum(await asyncio.gather(*(order() if at % 3 else count() for at in range(60))))

    rows = {sku: row for (sku, _), row in (await levels(shop)).items()}
    assert all(row.moved == row.on_hand and row.held == row.reserved == 0 for row in rows.values())
    assert sum(row.on_hand for row in rows.values()) == 60 + 10 - 2 * left
